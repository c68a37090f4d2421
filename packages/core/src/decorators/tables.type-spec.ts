import {
  App,
  Handler,
  Inject,
  json,
  type ReadonlyTable,
  type Source,
  type Table,
  type TableChange,
  type TableDefinition,
  type Topic,
  table,
  topic,
  type WindowEvent,
} from '@weir/core';
import { expectTypeOf } from 'expect-type';

interface View {
  readonly url: string;
  readonly ms: number;
}

class Session {
  user!: string;
  pages!: number;
}

const views = topic('page-views', { value: json<View>() });
const counts = table('counts', { key: 'string', value: 'long', default: 0 });
const latest = table('latest', { key: 'string', value: json<View>() });
const sessions = table('sessions', { key: 'integer', value: Session, default: () => new Session() });
const lists = table('lists', { key: 'string', value: json<string[]>(), default: [], placement: 'event' });
const anything = table('anything', { key: 'string', value: 'json', like: views });

// A definition carries the types of its keys and values, and what `get` gives: with a default never undefined.
expectTypeOf(counts).toEqualTypeOf<TableDefinition<string, number, number>>();
expectTypeOf(latest).toEqualTypeOf<TableDefinition<string, View>>();
expectTypeOf(latest).toEqualTypeOf<TableDefinition<string, View, View | undefined>>();
expectTypeOf(sessions).toEqualTypeOf<TableDefinition<number, Session, Session>>();
expectTypeOf(lists).toEqualTypeOf<TableDefinition<string, string[], string[]>>();
expectTypeOf(anything).toEqualTypeOf<TableDefinition<string, unknown, unknown>>();
// @ts-expect-error a default is of the type of the values
table('wrong', { key: 'string', value: 'long', default: 'none' });
// @ts-expect-error also when it is made
table('wrong', { key: 'string', value: 'long', default: () => 'none' });
// @ts-expect-error there is no codec of this name
table('wrong', { key: 'string', value: 'logn' });
// @ts-expect-error a table has a schema of keys
table('wrong', { value: 'long' });
// @ts-expect-error a key lives by its own bytes or with its event
table('wrong', { key: 'string', value: 'long', placement: 'partition' });
table('copied', { key: 'string', value: 'long', standby: 'all' });
// @ts-expect-error there is a copy on all workers, or none
table('wrong', { key: 'string', value: 'long', standby: 1 });
// @ts-expect-error a table is like a topic
table('wrong', { key: 'string', value: 'long', like: counts });
// @ts-expect-error nobody reads this option
table('wrong', { key: 'string', value: 'long', partition: 3 });

// A table can be injected as what it is, or as less.
@App({ id: 'page-views' })
export class PageViews {
  @Inject(counts) readonly property!: Table<string, number>;
  @Inject(counts) optional?: Table<string, number>;
  @Inject(latest) protected readonly last!: Table<string, View | undefined>;
  constructor(
    @Inject(counts) readonly numbers: Table<string, number>,
    @Inject(sessions) readonly open: Table<number, Session>,
    @Inject(anything) readonly some: Table<string, unknown>,
    @Inject(counts) readonly shown: ReadonlyTable<string, number>,
    @Inject(counts) readonly maybe: ReadonlyTable<string, number | undefined>,
    @Inject(counts) readonly part: { get(key: string): number },
    @Inject(counts) readonly unknown: unknown,
    @Inject(views) readonly out: Topic<string, View>,
    @Inject('title') readonly title: string,
  ) {}

  @Handler(views)
  count({ url }: View): void {
    this.numbers.update(url, (n) => n + 1);
    this.last.set(url, undefined);
    expectTypeOf(this.numbers.get(url, { stale: true })).toEqualTypeOf<number>();
    expectTypeOf(this.last.has(url, { stale: true })).toEqualTypeOf<boolean>();
    // @ts-expect-error what is only read is no copy of another worker's
    this.shown.get(url, { stale: true });
  }
}

export class Wrong {
  // @ts-expect-error its values are numbers
  @Inject(counts) readonly values!: Table<string, string>;
  // @ts-expect-error without a default it may give undefined
  @Inject(latest) readonly always!: Table<string, View>;
  constructor(
    // @ts-expect-error its values are numbers
    @Inject(counts) readonly texts: Table<string, string>,
    // @ts-expect-error its keys are text
    @Inject(counts) readonly numbered: Table<number, number>,
    // @ts-expect-error and nothing but text
    @Inject(counts) readonly mixed: Table<string | number, number>,
    // @ts-expect-error without a default it may give undefined
    @Inject(latest) readonly last: Table<string, View>,
    // @ts-expect-error with a default it takes no undefined
    @Inject(counts) readonly erasable: Table<string, number | undefined>,
    // @ts-expect-error what is read has a type, too
    @Inject(counts) readonly shown: ReadonlyTable<string, string>,
    // @ts-expect-error a table is no topic
    @Inject(counts) readonly out: Topic<string, number>,
    // @ts-expect-error a topic is no table
    @Inject(views) readonly table: Table<string, View>,
    // @ts-expect-error the values of this topic are views
    @Inject(views) readonly topic: Topic<string, number>,
  ) {}

  // @ts-expect-error a table is no source
  @Handler(counts)
  read(): void {}
}

// What checkpoints change in it is a source.
expectTypeOf(counts.changes).toMatchTypeOf<Source<string, TableChange<string, number>>>();
expectTypeOf(latest.changes).toMatchTypeOf<Source<string, TableChange<string, View>>>();
export class Changes {
  @Handler(counts.changes)
  right({ key, value, previous }: TableChange<string, number>): void {
    expectTypeOf(key).toEqualTypeOf<string>();
    expectTypeOf(value).toEqualTypeOf<number | undefined>();
    expectTypeOf(previous).toEqualTypeOf<number | undefined>();
  }

  // @ts-expect-error its values are numbers
  @Handler(counts.changes)
  wrong(_: TableChange<string, string>): void {}

  // @ts-expect-error a change is not the value
  @Handler(counts.changes)
  value(_: number): void {}

  // @ts-expect-error changes are only read
  @Inject(counts.changes) readonly out!: Topic<string, number>;
}

// With a time, too.
const everySoOften = counts.tumbling('1m', { emit: { every: '5s' } });
// @ts-expect-error emit says how often
counts.tumbling('1m', { emit: {} });
// @ts-expect-error a duration has a unit
counts.session('1m', { merge: (one) => one, emit: { every: 'often' } });
export class WindowUpdates {
  @Handler(everySoOften.changes)
  right({ value }: TableChange<string, number>, { window }: WindowEvent<string, unknown>): void {
    expectTypeOf(value).toEqualTypeOf<number | undefined>();
    expectTypeOf(window.key).toEqualTypeOf<string>();
  }

  // @ts-expect-error a change is not the value
  @Handler(everySoOften.changes)
  value(_: number): void {}
}

/** A map says what it gives and takes. */
export async function map(numbers: Table<string, number>, last: Table<string, View | undefined>): Promise<void> {
  const view = { url: '/', ms: 3 };
  expectTypeOf(numbers.get('/')).toEqualTypeOf<number>();
  expectTypeOf(last.get('/')).toEqualTypeOf<View | undefined>();
  expectTypeOf(numbers.has('/')).toEqualTypeOf<boolean>();
  expectTypeOf(numbers.delete('/')).toEqualTypeOf<boolean>();
  expectTypeOf(numbers.size).toEqualTypeOf<number>();
  expectTypeOf(numbers.update('/', (n) => n + 1)).toEqualTypeOf<number>();
  expectTypeOf(last.update('/', (old) => (old === undefined ? view : undefined))).toEqualTypeOf<View | undefined>();
  last.set('/', undefined);
  for await (const [url, n] of numbers.entries()) {
    expectTypeOf(url).toEqualTypeOf<string>();
    expectTypeOf(n).toEqualTypeOf<number>();
  }
  for (const [, each] of last.range('/a', '/b')) expectTypeOf(each).toEqualTypeOf<View>();
  for await (const [, each] of last.prefix('/a')) expectTypeOf(each).toEqualTypeOf<View>();
  // @ts-expect-error the key is text
  numbers.get(4);
  // @ts-expect-error the value is a number
  numbers.set('/', '4');
  // @ts-expect-error with a default nothing is undefined
  numbers.set('/', undefined);
  // @ts-expect-error with a default nothing becomes undefined
  numbers.update('/', () => undefined);
  // @ts-expect-error without one the old value may be missing
  last.update('/', (old) => ({ ...view, ms: old.ms }));
  // @ts-expect-error both ends of a range are keys
  numbers.range('/a', 4);
  const shown: ReadonlyTable<string, number> = numbers;
  // @ts-expect-error what is only read is not written
  shown.set('/', 4);
}
