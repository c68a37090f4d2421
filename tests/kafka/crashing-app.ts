// A worker as a process of its own that some inputs end: `node crashing-app.ts <id> <topic> <datadir>`.
import { App, Handler, topic, Worker } from '@weir/core';

const [id, name, datadir] = process.argv.slice(2);
const inputs = topic(name, { key: 'string', value: 'string' });
let isWaiting = false;
// Not from the handler: whoever reads it knows that no code of that runs.
setInterval(() => isWaiting && console.log('waits'), 20).unref();

@App({
  id,
  datadir,
  stallTimeout: '3s',
  endBlocked: '6s',
  broker: `kafka://${process.env.KAFKA_BROKERS}`,
  // A killed member is missed soon.
  kafka: { 'session.timeout.ms': 6_000, 'heartbeat.interval.ms': 500 },
})
class Fragile {
  @Handler(inputs, { concurrency: { by: 'key', max: 4 } })
  async take(input: string): Promise<void> {
    if (input === 'exit') process.exit(7);
    if (input === 'abort') process.abort();
    if (input === 'kill') process.kill(process.pid, 'SIGKILL');
    if (input === 'reject') void Promise.reject(new Error('that nobody handles'));
    if (input === 'later') {
      await new Promise((resolve) => setTimeout(resolve, 50));
      process.kill(process.pid, 'SIGKILL');
    }
    if (input === 'spin') for (;;);
    if (input === 'wait') {
      isWaiting = true;
      await new Promise(() => undefined);
    }
    if (input === 'throw') {
      setImmediate(() => {
        throw new Error('from where nobody catches it');
      });
      await new Promise(() => undefined);
    }
    console.log(`took ${input}`);
  }
}

// Static membership: a killed worker is back before the group has missed it.
const worker = await Worker.start(Fragile, { member: 'only' });
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void worker.stop());
await worker.finished;
