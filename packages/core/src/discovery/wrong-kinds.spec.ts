import { describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { json } from '../codecs/index.js';
import { Agent, App, Cron, EventTime, Handler, Inject, Record, Task, Timer } from '../decorators/index.js';
import { dedupe, globalTable, join, joinTables, schedule, setTable, table, topic } from '../definitions/index.js';
import { DefinitionError } from '../errors/index.js';
import type { Class } from '../metadata/index.js';
import { discover } from './index.js';

const orders = topic('orders', { value: 'string' });
const payments = topic('payments', { value: 'string' });

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

function ofApp(declaration: object): string[] {
  @App({ id: 'shop', ...declaration } as never)
  class Shop {}
  return saysOf(Shop);
}

function ofInjected(definition: unknown, source: unknown = orders): string[] {
  @App({ id: 'shop' })
  class Shop {
    constructor(@Inject(definition as never) readonly given: unknown) {}
    @Handler(payments)
    feed(): void {}
    @Handler(source as typeof orders)
    take(): void {}
  }
  return saysOf(Shop);
}

function ofHandler(options: object, source: unknown = orders): string[] {
  @App({ id: 'shop' })
  class Shop {
    @Handler(source as typeof orders, options as never)
    take(): void {}
  }
  return saysOf(Shop);
}

// What is given in place of options was passed over, as if nothing had been said.
describe('something else in the place of options', () => {
  it.each([
    [{ concurrency: 4 }, 'Shop.take: concurrency is 4. Give it { by, max, maxAhead }'],
    [{ concurrency: null }, 'Shop.take: concurrency is null. Give it { by, max, maxAhead }'],
    [{ batch: 100 }, 'Shop.take: batch is 100. Give it { max, within }'],
    [{ errors: { retry: 5 } }, 'Shop.take: errors.retry is 5. Give it { attempts, backoff, jitter, retryable, order, durable }'],
  ])('is a fault of an agent: %o', (options, says) => {
    expect(ofHandler(options)).toEqual([says]);
  });

  it('is a fault of an app, a topic and a record', () => {
    expect(ofApp({ recovery: 20_000_000 })).toEqual(['Shop.@App.recovery: recovery is 20000000. Give it { bytesPerSecond }']);
    class Order {}
    const told = /^topic 'orders': its options are Order\. Give it \{ key, value, /;
    expect(ofHandler({}, topic('orders', Order as never))).toEqual([expect.stringMatching(told)]);
    expect(ofHandler({}, topic('orders', 'json' as never))).toEqual([
      expect.stringMatching(/^topic 'orders': its options are 'json'\. Give/),
    ]);
    @Record('order' as never)
    class Named {}
    expect(ofHandler({}, topic('orders', { value: Named }))).toEqual([
      expect.stringMatching(/^Named\.@Record: its options are 'order'\. Give/),
    ]);
  });

  // Each was one fault for each character of the text, and more for what was not given; of a table of windows and of an app all that was missing.
  it('is one fault of each definition', () => {
    const text = 'json' as never;
    const of = (source: unknown) => ofHandler({}, source);
    const ofWindows = (windows: { readonly closed: unknown }) => ofInjected(windows, windows.closed);
    const counts = table('counts', { key: 'string', value: 'long', default: 0 });
    const reminders = schedule('x', text);
    const says = (where: string, names: string, given = "'json'") => [`${where}: its options are ${given}. Give it { ${names} }`];
    const ofTable = 'key, value, default, like, partitions, placement, ttl, upcast, standby';
    expect(ofInjected(table('x', text))).toEqual(says("table 'x'", ofTable));
    expect(ofInjected(table('x', ['json'] as never))).toEqual(says("table 'x'", ofTable, 'a list'));
    expect(ofInjected(table('x', Map as never))).toEqual(says("table 'x'", ofTable, 'Map'));
    expect(ofInjected(setTable('x', text))).toEqual(says("table 'x'", 'key, value, like, partitions'));
    expect(ofInjected(globalTable('x', text))).toEqual(says("global table 'x'", 'source, default'));
    expect(ofInjected(reminders, reminders)).toEqual(says("schedule 'x'", 'key, value, like, partitions, placement'));
    const windowNames = 'grace, keep, emit, onLate, name';
    expect(ofWindows(counts.tumbling('1m', text))).toEqual(says("windowed table 'counts'", windowNames));
    expect(ofWindows(counts.hopping('1m', '10s', text))).toEqual(says("windowed table 'counts'", windowNames));
    const merge = (a: number, b: number) => a + b;
    expect(ofWindows(counts.session('1m', merge as never))).toEqual(says("windowed table 'counts'", `${windowNames}, merge`, 'merge'));
    expect(ofWindows(table('x', text).tumbling('1m'))).toEqual(says("windowed table 'x'", ofTable));
    expect(of(orders.groupBy((value) => value, text))).toEqual(says("groupBy 'undefined'", 'name, key'));
    expect(of(join(orders, payments, '5m' as never))).toEqual(says('join orders-payments-join', 'within, grace, name', "'5m'"));
    expect(of(dedupe(orders, text))).toEqual(says("dedupe 'undefined'", 'by, within, name'));
  });

  it('is one fault of each decorator, which is not taken for one without parentheses', () => {
    const text = 'json' as never;
    @App({ id: 'shop' })
    class Shop {
      @Handler(orders, text)
      take(): void {}
      @Agent(payments, text)
      async loop(): Promise<void> {}
      @Timer('1s', text)
      tick(): void {}
      @Cron('* * * * *', text)
      often(): void {}
      @Task(text)
      async work(): Promise<void> {}
    }
    const says = (member: string, names: string) => `Shop.${member}: its options are 'json'. Give it { ${names} }`;
    const ofAgent = 'name, sinks, errors, concurrency, batch, handlerTimeout';
    expect(saysOf(Shop).sort()).toEqual(
      [
        says('take', ofAgent),
        says('loop', ofAgent),
        says('tick', 'overlap, onLeader, per'),
        says('often', 'timezone, onLeader, missed'),
        says('work', 'onLeader'),
      ].sort(),
    );
  });

  it('is one fault of an app', () => {
    for (const given of ['shop', ['shop'], 4]) {
      @App(given as never)
      class Shop {
        @Handler(orders)
        take(): void {}
      }
      expect(saysOf(Shop)).toEqual([expect.stringMatching(/^Shop\.@App: its options are ('shop'|a list|4)\. Give it \{ id, broker, /)]);
    }
  });

  it('is no app where it is null', () => {
    @App(null as never)
    class Shop {}
    expect(saysOf(Shop)).toEqual(['Shop: it is not an app. Decorate the class with @App({ id: … })']);
  });

  it('is a fault of the name of a member', () => {
    for (const member of ['', 3])
      expect(ofApp({ member })).toEqual([expect.stringMatching(/^Shop\.@App\.member: member: expected a name, or false, got/)]);
    expect([ofApp({ member: false }), ofApp({ member: 'a' })]).toEqual([[], []]);
  });
});

// One of the two counted, and nothing said which.
describe('a decorator of which there is one', () => {
  it('is a fault where it stands on a class twice', () => {
    @App({ id: 'shop' })
    @App({ id: 'store' })
    class Shop {}
    const twice = 'it stands on the class twice, and one of the two counts. Leave one of them';
    expect(saysOf(Shop)).toEqual([`Shop.@App: ${twice}`]);
    @Record({ name: 'order' })
    @Record()
    class Order {}
    expect(ofHandler({}, topic('orders', { value: Order }))).toEqual([`Order.@Record: ${twice}`]);
  });

  it('may stand on the class that another extends', () => {
    @App({ id: 'shop' })
    class Shop {}
    @App({ id: 'store' })
    class Store extends Shop {}
    expect(saysOf(Store)).toEqual([]);
  });

  it('is a fault where @EventTime stands on two fields, also of the class that a record extends', () => {
    const says = (where: string) =>
      `${where}: it has @EventTime(), and so has placed: a record has one time. Leave it on the one that windows and joins go by`;
    class Order {
      @EventTime() placed!: number;
      @EventTime() paid!: number;
    }
    expect(ofHandler({}, topic('orders', { value: Order }))).toEqual([says('Order.paid')]);
    class Placed {
      @EventTime() placed!: number;
    }
    class Sent extends Placed {
      @EventTime() sent!: number;
    }
    class Again extends Placed {
      @EventTime() declare placed: number;
    }
    expect(ofHandler({}, topic('orders', { value: Sent }))).toEqual([says('Sent.sent')]);
    expect(ofHandler({}, topic('orders', { value: Again }))).toEqual([]);
  });
});

// A promise counts as true, and as a value: each error was tried again, each pair was a promise.
describe('a function that nobody waits for', () => {
  it('is a fault where it is asynchronous', () => {
    const later = async () => false;
    const retryable = 'errors.retry.retryable is not an ordinary function: what it gives counts as true. Return true or false at once';
    expect(ofHandler({ errors: { retry: { retryable: later } } })).toEqual([`Shop.take: ${retryable}`]);
    expect(ofApp({ errors: { retry: { retryable: later } } })).toEqual([`Shop.@App.errors: ${retryable}`]);
    const asynchronous = (called: string) => `its ${called} is asynchronous, and nobody waits for it. Return its result at once`;
    expect(ofHandler({}, join(orders, payments, { within: '1m' }, later))).toEqual([
      `join orders-payments-join: ${asynchronous('combine')}`,
    ]);
    const counts = table('counts', { key: 'string', value: 'long', default: 0 });
    const joined = joinTables('joined', counts, counts, later);
    @App({ id: 'shop' })
    class Shop {
      constructor(@Inject(joined) readonly pairs: unknown) {}
      @Handler(orders)
      take(): void {}
    }
    expect(saysOf(Shop)).toEqual([`table 'joined': ${asynchronous('combine')}`]);
    const sessions = table('sessions', { key: 'string', value: 'long', default: 0 }).session('1m', { merge: later as never });
    expect(ofHandler({}, sessions.closed)).toContain(`windowed table 'sessions': ${asynchronous('merge')}`);
  });
});

// Each was taken for a record: no message could be read, or with json every one was an instance of it.
describe('a schema that is no record', () => {
  it.each([
    [String, "is String, which is no record. Use 'string'"],
    [Date, 'is Date, which is no record. Use a record with a field that is a date, or a codec of your own'],
    [Buffer, "is Buffer, which is no record. Use 'raw'"],
    [Map, 'is Map, which is no record. Use json<T>(), a record, or a codec of your own'],
    [json, 'is the function json itself. Call it: json<T>()'],
    [() => Date, 'is a function that is no class. Give it the class itself'],
  ])('is a fault: %p', (schema, says) => {
    expect(ofHandler({}, topic('orders', { value: schema as never }))).toEqual([`topic 'orders': its value schema ${says}`]);
    expect(ofHandler({}, topic('orders', { key: schema as never }))).toEqual([`topic 'orders': its key schema ${says}`]);
    expect(ofApp({ codec: schema })).toEqual([`Shop.@App.codec: it ${says}`]);
  });
});

// Found with the first message, or when something was made, as whatever was thrown then; or never.
describe('what is given to the container, to sinks and to the log', () => {
  it('says which provider is wrong, and in what', () => {
    class Repository {}
    const forms = 'Give it a class, or { provide, useValue }, { provide, useClass } or { provide, useFactory, inject }';
    const providers = [
      null,
      () => new Repository(),
      { provide: 'a' },
      { provide: 'b', useVale: 1 },
      { provide: undefined, useValue: 1 },
      { provide: 'c', useValue: 1, useFactory: () => 1 },
      { provide: 'd', useClass: undefined },
      { provide: 'e', useFactory: 3 },
      { provide: 'f', useFactory: () => 1, inject: 'e' },
      { provide: 'g', useFactory: () => 1, inject: [undefined, 5] },
      { provide: 'h', useClass: Repository, inject: ['e'] },
      Repository,
    ];
    expect(ofApp({ providers }).map((line) => line.replace('Shop.@App.providers', ''))).toEqual([
      `[0]: it is null. ${forms}`,
      `[1]: it is a function that is no class. ${forms}`,
      `[2]: it does not say what is given. ${forms}`,
      "[3]: it has an option 'useVale' that nobody reads. Did you mean 'useValue'?",
      '[4].provide: it is undefined. Look for a circular import, or a misspelt name',
      '[5]: it has useValue and useFactory. Choose one',
      '[6].useClass: it is undefined. Look for a circular import, or a misspelt name',
      '[7].useFactory: it is 3. Give it a function that makes what is given',
      '[8].inject: it is not an array. Put what there is in [ ]',
      '[9].inject[0]: it is undefined. Look for a circular import, or a misspelt name',
      '[9].inject[1]: it injects 5. Give it a definition, a class, or the text or symbol that something is provided under',
      '[10].inject: nobody reads it. It is what a useFactory is given',
    ]);
    expect(ofApp({ modules: [undefined] })).toEqual([
      'Shop.@App.modules[0]: it is undefined. Look for a circular import, or a misspelt name',
    ]);
  });

  it('says what cannot be injected', () => {
    @App({ id: 'shop' })
    class Shop {
      constructor(
        @Inject(null as never) readonly a: unknown,
        @Inject(5 as never) readonly b: unknown,
      ) {}
    }
    const remedy = 'Give it a definition, a class, or the text or symbol that something is provided under';
    expect(saysOf(Shop)).toEqual([`Shop.constructor(1): it injects 5. ${remedy}`, `Shop.constructor(0): it injects null. ${remedy}`]);
  });

  it('says that a class is no sink: it cannot be called', () => {
    class Invoices {}
    const says = "Shop.take: a sink is the class Invoices. Give it a topic, an agent of it: agent(Invoices, 'method'), or a function";
    expect(ofHandler({ sinks: [Invoices] })).toEqual([says]);
  });

  it('says that a logger is none of pino', () => {
    expect(ofApp({ logger: console })).toEqual(['Shop.@App.logger: it is no logger of pino. Give it what pino() returns']);
    expect(ofApp({ logger: pino({ level: 'silent' }) })).toEqual([]);
  });
});
