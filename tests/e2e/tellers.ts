// An app that tells which process takes what.
import { App, Handler, main, topic } from '@weir/core';

const inputs = topic('tellers-inputs', { key: 'string', value: 'string', partitions: 4 });

@App({ id: 'tellers', broker: `kafka://${process.env.KAFKA_BROKERS}`, kafka: { 'heartbeat.interval.ms': 500 } })
export class Tellers {
  @Handler(inputs)
  take(input: string): void {
    console.log(`${process.pid} took ${input}`);
  }
}

await main(Tellers);
