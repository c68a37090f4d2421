import { describe, expect, it } from '@jest/globals';
import { Transform, Type } from 'class-transformer';
import { IsDate, IsInt, IsOptional, ValidateNested } from 'class-validator';
import { agent } from '../agents/index.js';
import { Agent, App, Handler, Inject, Record, Timer } from '../decorators/index.js';
import { topic } from '../definitions/index.js';
import { DefinitionError } from '../errors/index.js';
import type { Class } from '../metadata/index.js';
import { discover } from './index.js';

const orders = topic('orders', { value: 'string' });
const all = topic(/^orders-/, { value: 'string' });
const several = topic(['a', 'b'], { value: 'string' });

/** What is said of an app, a line for each fault. */
function saysOf(appClass: Class): string[] {
  try {
    discover(appClass);
  } catch (error) {
    if (error instanceof DefinitionError)
      return error.message
        .split('\n')
        .slice(1)
        .map((line) => line.replace(/^ {2}- /, ''));
    throw error;
  }
  return [];
}

/** The same of the records of some topics. */
function saysOfRecords(...records: Class[]): string[] {
  @App({ id: 'shop' })
  class Shop {
    @Handler(orders, { sinks: records.map((value, i) => topic(`t${i}`, { value })) as never })
    take(): void {}
  }
  return saysOf(Shop);
}

// All of these used to show only when a message came, or never.
describe('what can be found at the start is found there', () => {
  it('a pattern or several names where there is something to write', () => {
    @App({ id: 'shop' })
    class Shop {
      constructor(@Inject(several) readonly out: unknown) {}
      @Handler(orders, { sinks: [all, several] })
      take(): string {
        return '';
      }
      @Handler(all)
      read(): void {}
      @Handler(orders, { sinks: [agent(Shop, 'read')] as never })
      toAgent(): void {}
      @Inject(all) readonly more!: unknown;
    }
    expect(saysOf(Shop)).toEqual([
      'Shop.take: its sink /^orders-/ can only be read. Define the topic to write to by its one name',
      'Shop.take: its sink a,b can only be read. Define the topic to write to by its one name',
      'Shop.toAgent: its sink Shop.read reads /^orders-/, which can only be read. Define the topic to write to by its one name',
      expect.stringMatching(/^Shop\.more: it injects .*orders-.*, which can only be read/),
      'Shop.constructor(0): it injects a,b, which can only be read. Define the topic to write to by its one name',
    ]);
  });

  it('a sink that is no agent of the app, or of a class that is not there yet', () => {
    class Stranger {
      take(): void {}
    }
    @App({ id: 'shop' })
    class Shop {
      @Handler(orders, { sinks: [agent(Stranger, 'take'), agent(undefined as never, 'take' as never)] as never })
      take(): void {}
      @Handler(orders, { sinks: orders as never })
      noArray(): void {}
    }
    expect(saysOf(Shop)).toEqual([
      'Shop.take: its sink Stranger.take is no agent of this app. Add its class to providers, or correct the reference',
      'Shop.take: a sink is an agent of undefined. Look for a circular import, or a misspelt name',
      'Shop.noArray: its sinks are not an array. Put the sink in [ ]',
    ]);
  });

  it('options that nobody reads, with the one that was meant', () => {
    @Record({ unkown: 'reject' } as never)
    class Item {}
    @App({ id: 'shop', commitIntervall: '1s', errors: { retry: { atempts: 3, backoff: { inital: 5 } } }, wholly: 'different' } as never)
    class Shop {
      @Handler(topic('items', { value: Item, partions: 3 } as never), {
        handlerTimout: '1s',
        concurrency: { maximum: 3 },
        batch: undefined,
      } as never)
      take(): void {}
      @Agent(orders, { sink: [orders], errors: { than: 'stop' } } as never)
      async loop(): Promise<void> {}
      @Timer('1s', { overlaps: 'skip' } as never)
      tick(): void {}
    }
    const says = saysOf(Shop);
    for (const line of [
      "Shop.@App: it has an option 'commitIntervall' that nobody reads. Did you mean 'commitInterval'?",
      "Shop.@App: it has an option 'wholly' that nobody reads. Options are id, broker,",
      "Shop.@App.errors: it has an option 'errors.retry.atempts' that nobody reads. Did you mean 'errors.retry.attempts'?",
      "Shop.@App.errors: it has an option 'errors.retry.backoff.inital' that nobody reads. Did you mean 'errors.retry.backoff.initial'?",
      "Shop.take: it has an option 'handlerTimout' that nobody reads. Did you mean 'handlerTimeout'?",
      "Shop.take: it has an option 'concurrency.maximum' that nobody reads. Options are by, max, maxAhead",
      "Shop.loop: it has an option 'sink' that nobody reads. Did you mean 'sinks'?",
      "Shop.loop: it has an option 'errors.than' that nobody reads. Did you mean 'errors.then'?",
      "Shop.tick: it has an option 'overlaps' that nobody reads. Did you mean 'overlap'?",
      "topic 'items': it has an option 'partions' that nobody reads. Did you mean 'partitions'?",
      "Item.@Record: it has an option 'unkown' that nobody reads. Did you mean 'unknown'?",
    ])
      expect(says).toContainEqual(expect.stringContaining(line));
  });

  it('every fault of one option, not the first', () => {
    @App({
      id: 'shop',
      drainTimeout: 'a while' as '1s',
      stallTimeout: -1,
      errors: {
        then: 'ignore' as 'skip',
        crashes: 1,
        retry: { attempts: -1, jitter: 2, order: 'none' as 'key', backoff: { initial: -1, factor: 0, max: 'x' as '1s' } },
      },
    })
    class Shop {
      @Handler(orders, { errors: 'stop' as never, name: '' })
      take(): void {}
    }
    const says = saysOf(Shop).map((line) => line.slice(0, line.indexOf(':', line.indexOf(':') + 1)));
    expect(says).toEqual([
      'Shop.@App.drainTimeout: drainTimeout',
      'Shop.@App.stallTimeout: stallTimeout',
      'Shop.@App.errors: errors.then',
      'Shop.@App.errors: errors.crashes',
      'Shop.@App.errors: errors.retry.attempts',
      'Shop.@App.errors: errors.retry.jitter',
      'Shop.@App.errors: errors.retry.order',
      'Shop.@App.errors: errors.retry.backoff',
      'Shop.@App.errors: errors.retry.backoff.factor',
      'Shop.@App.errors: errors.retry.backoff.max',
      expect.stringContaining('Shop.take'),
      expect.stringContaining('Shop.take'),
    ]);
    expect(saysOf(Shop).slice(-2)).toEqual([
      "Shop.take: its name is ''. Give it a text, or leave it to be called after its method",
      'Shop.take: errors is stop. Give it { retry, then, crashes }',
    ]);
  });

  it('topics that are not what they seem', () => {
    const codec = { name: 'slow', encode: async () => '', decode: async () => 1 };
    @App({ id: 'shop' })
    class Shop {
      @Handler(topic(undefined as never, { key: codec as never }))
      unnamed(): void {}
      @Handler(topic('late', { value: undefined, onEmpty: 'ignore' as never, cleanup: 'never' as never }))
      late(): void {}
    }
    expect(saysOf(Shop)).toEqual([
      "topic 'undefined': its name is nothing. Look for a circular import, or a misspelt name",
      "topic 'undefined': its key codec's encode is asynchronous. Decoding and encoding do not wait: do it in the handler",
      "topic 'undefined': its key codec's decode is asynchronous. Decoding and encoding do not wait: do it in the handler",
      "topic 'late': its value schema is undefined. Look for a circular import, or a misspelt name; or leave it out",
      "topic 'late': cleanup is 'never'. Use 'delete', 'compact', 'compact,delete'",
      "topic 'late': onEmpty is 'ignore'. Use 'deliver', 'skip', 'reject'",
    ]);
  });
});

describe('what is wrong with a record is found at the start', () => {
  class Item {
    @IsInt() id!: number;
  }

  it('nested records and dates without @Type, at every level', () => {
    class Inner {
      @IsDate() at!: Date;
      @IsOptional() @IsDate({ each: true }) several?: Date[];
    }
    class Outer {
      @ValidateNested() item!: Item;
      @ValidateNested({ each: true }) @Type(() => Inner) inner!: Inner[];
    }
    expect(saysOfRecords(Outer)).toEqual([
      'Outer.item: it has @ValidateNested and no @Type: no message would pass. Add @Type(() => Class)',
      'Inner.at: it has @IsDate and no @Type: a date is a text in JSON, and no message would pass. Add @Type(() => Date), or coerce in @Record',
      'Inner.several: it has @IsDate and no @Type: a date is a text in JSON, and no message would pass. Add @Type(() => Date), or coerce in @Record',
    ]);
  });

  it('but not where they are converted otherwise', () => {
    @Record({ coerce: true })
    class Coerced {
      @IsDate() at!: Date;
    }
    class Converted {
      @Transform(({ value }) => new Date(value as string)) @IsDate() at!: Date;
      @Type(() => Converted) @ValidateNested() parent?: Converted;
    }
    expect(saysOfRecords(Coerced, Converted, Item)).toEqual([]);
  });

  it('a constructor that asks for arguments, a @Type of nothing, a wrong option', () => {
    class Demanding {
      @IsInt() id: number;
      constructor(given: { id: number }) {
        this.id = given.id;
      }
    }
    class Lenient {
      @IsInt() id!: number;
      constructor(given?: Partial<Lenient>) {
        Object.assign(this, given);
      }
    }
    @Record({ unknown: 'ignore' as never })
    class Late {
      @Type(() => undefined as never) @ValidateNested() item!: Item;
    }
    expect(saysOfRecords(Demanding, Lenient, Late)).toEqual([
      expect.stringMatching(
        /^Demanding\.constructor: it cannot be made without arguments: .*id.*\. A record is made empty and then filled/,
      ),
      "Late.@Record: unknown is 'ignore'. Use 'strip', 'keep' or 'reject'",
      'Late.item: its @Type gives undefined. Look for a circular import, or a misspelt name',
    ]);
  });
});
