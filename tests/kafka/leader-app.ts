// A worker whose leader sends the time of each second; as a process of its own: `node leader-app.ts <id> <orders> <seconds> <datadir>`.
import process from 'node:process';
import { App, Cron, Handler, Inject, type Tick, type Topic, topic, Worker } from '@weir/core';

const [, , id, ordersName, secondsName, datadir] = process.argv;
const orders = topic(ordersName, { value: 'string' });
const seconds = topic(secondsName, { key: 'string', value: 'string', partitions: 1 });

@App({
  id,
  broker: `kafka://${process.env.KAFKA_BROKERS}`,
  guarantee: 'exactly-once',
  datadir,
  kafka: { 'session.timeout.ms': 6_000, 'heartbeat.interval.ms': 500 },
})
class Clockwork {
  constructor(@Inject(seconds) private readonly out: Topic<string, string>) {}

  @Handler(orders)
  order(): void {}

  @Cron('* * * * * *', { onLeader: true, missed: 'all' })
  async second({ time }: Tick): Promise<void> {
    await this.out.send({ key: 'second', value: String(time) });
    console.log(`tick ${time}`);
  }
}

process.env.WEIR_LOGLEVEL ??= 'info';
const worker = await Worker.start(Clockwork);
process.once('SIGTERM', () => void worker.stop());
await worker.finished;
