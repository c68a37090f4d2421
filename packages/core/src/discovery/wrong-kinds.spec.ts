import { describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { json } from '../codecs/index.js';
import { App, Handler, Inject, Record } from '../decorators/index.js';
import { join, joinTables, table, topic } from '../definitions/index.js';
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
