import { describe, expect, it } from '@jest/globals';
import { Agent, App, Handler } from '../../decorators/index.js';
import { merge, schedule, table, topic } from '../../definitions/index.js';
import type { DefinitionError } from '../../errors/index.js';
import type { Class } from '../../metadata/index.js';
import type { Stream } from '../../streams/index.js';
import { discover } from '../index.js';

const orders = topic('orders', { key: 'string', value: 'string' });
const payments = topic('payments', { key: 'string', value: 'string' });
const many = topic(['a', 'b'], { key: 'string', value: 'string' });
const reminders = schedule('reminders', { key: 'string', value: 'string', like: orders });
const errors = { retry: { durable: true } } as const;

function faultsOf(app: Class): string[] {
  try {
    discover(app);
    return [];
  } catch (error) {
    return (error as DefinitionError).faults.map(({ where, member, problem, remedy }) => `${where}.${member}: ${problem}. ${remedy}`);
  }
}

const remedy = 'Use a @Handler of single messages of named topics, or say errors: { retry: { durable: false } } here';

describe('an agent with a durable retry', () => {
  it('keeps what it has parked in a table, fed by the topics that it reads', () => {
    @App({ id: 'shop' })
    class Shop {
      @Handler(merge(orders, payments), { errors })
      take(): void {}
    }
    const [{ definition, topics }, ...others] = discover(Shop).tables;
    expect(others).toEqual([]);
    expect([definition.name, topics]).toEqual(['Shop.take-retries', [orders, payments]]);
  });

  it('is a fault where events cannot be parked one by one, each with its remedy', () => {
    @App({ id: 'shop', errors })
    class Shop {
      @Agent(orders)
      async loop(stream: Stream<string>): Promise<void> {
        for await (const _ of stream);
      }

      @Handler(orders, { batch: { max: 5 } })
      arrays(): void {}

      @Handler(many)
      several(): void {}

      @Handler(reminders)
      due(): void {}

      @Handler(orders)
      fine(): void {}

      @Agent(orders, { errors: { retry: { durable: false } } })
      async without(stream: Stream<string>): Promise<void> {
        for await (const _ of stream);
      }
    }
    expect(faultsOf(Shop).filter((each) => each.includes('durable'))).toEqual([
      `Shop.loop: it has errors.retry.durable, and an @Agent loops over its events in order. ${remedy}`,
      `Shop.arrays: it has errors.retry.durable, and it has batch, and arrays fail and run together. ${remedy}`,
      `Shop.several: it has errors.retry.durable, and it reads a,b, which is not one topic. ${remedy}`,
      `Shop.due: it has errors.retry.durable, and it reads what is derived from reminders, which is no message. ${remedy}`,
    ]);
  });

  it('needs a name that can be part of that of a topic, and that no table has', () => {
    const taken = table('taken-retries', { key: 'string', value: 'string', like: orders });
    @App({ id: 'shop', errors })
    class Shop {
      @Handler(orders, { name: 'take orders' })
      take(): void {}
    }
    expect(faultsOf(Shop)).toEqual([
      "agent 'take orders'.undefined: 'take orders' is not a legal agent name, and it has errors.retry.durable. Use the characters a-z A-Z 0-9 . _ - (name, in its options)",
    ]);
    @App({ id: 'shop', errors, providers: [{ provide: 'table', useFactory: () => 1, inject: [taken] }] })
    class Taken {
      @Handler(orders, { name: 'taken' })
      take(): void {}
    }
    expect(faultsOf(Taken)).toEqual([expect.stringContaining("table 'taken-retries'.undefined: it is defined more than once")]);
  });

  it('is read and written by nobody else', () => {
    @App({ id: 'shop' })
    class Shop {
      @Handler(orders, { name: 'take', errors })
      take(): void {}

      @Handler(topic('shop-take-retries-changelog'))
      look(): void {}
    }
    expect(faultsOf(Shop)).toEqual([expect.stringContaining("it reads 'shop-take-retries-changelog', the changelog of")]);
  });

  it('has options that are checked', () => {
    @App({ id: 'shop', errors: { retry: { durable: { maximum: 5 } as never } } })
    class Shop {
      @Handler(orders, { errors: { retry: { durable: { max: 0 } } } })
      take(): void {}
    }
    expect(faultsOf(Shop)).toEqual([
      expect.stringContaining("'errors.retry.durable.maximum' that nobody reads"),
      expect.stringContaining('errors.retry.durable.max: expected a whole number of events from 1, got 0'),
    ]);
  });
});
