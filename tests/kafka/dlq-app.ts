// An app that is its own command, for tests of the commands: `node dlq-app.ts <orders> broken|mended worker …`.
import { App, Handler, main, Record, topic } from '@weir/core';
import { IsInt } from 'class-validator';

const [name = '', state, ...args] = process.argv.slice(2);

@Record()
class Order {
  @IsInt() id!: number;
}

const orders = topic(name, { value: Order });

@App({ id: 'fragile', broker: `kafka://${process.env.KAFKA_BROKERS}`, errors: { retry: { attempts: 0 } } })
class Fragile {
  @Handler(orders, { concurrency: { by: 'key', max: 8 } })
  async take({ id }: Order): Promise<void> {
    if (state === 'broken') throw new RangeError(`order ${id} is too much`);
    console.log(`taken ${id}`);
  }

  @Handler(orders)
  count({ id }: Order): void {
    console.log(`counted ${id}`);
  }
}

await main(Fragile, args);
