// A worker with a name, for tests that end it and start it again: `node named-app.ts <id> hold|free|more worker -b … --member …`.
import { App, Handler, main, topic } from '@weir/core';

const [id, way] = process.argv.slice(2);
const inputs = topic(`${id}-inputs`, { key: 'string', value: 'string' });
const others = topic(`${id}-others`, { key: 'string', value: 'string' });

@App({ id, kafka: { 'heartbeat.interval.ms': 300 }, shutdownTimeout: '1s' })
class Holding {
  /** Holds fast what it has, or lets it go. */
  @Handler(inputs)
  async take(input: string): Promise<void> {
    console.log(`has ${input}.`);
    if (way === 'hold') await new Promise(() => {});
    console.log(`took ${input}.`);
  }
}

@App({ id })
class More extends Holding {
  @Handler(others)
  other(input: string): void {
    console.log(`took ${input}.`);
  }
}

await main(way === 'more' ? More : Holding, process.argv.slice(4));
