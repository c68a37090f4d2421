import {
  type GlobalTableDefinition,
  globalTable,
  Handler,
  Inject,
  type JoinedTableDefinition,
  joinTables,
  json,
  leftJoinTables,
  outerJoinTables,
  type ReadonlyTable,
  type ReadonlyTableDefinition,
  type SourceTableDefinition,
  type Table,
  table,
  topic,
} from '@weir/core';
import { expectTypeOf } from 'expect-type';

interface Customer {
  readonly name: string;
}

const customers = topic('customers', { key: 'integer', value: json<Customer>() });
const byId = table('customers', { source: customers });
const known = table('known', { source: customers, default: { name: 'nobody' } });

// Keys and values are those of the topic.
expectTypeOf(byId).toEqualTypeOf<SourceTableDefinition<number, Customer>>();
expectTypeOf(byId).toMatchTypeOf<ReadonlyTableDefinition<number, Customer, Customer | undefined>>();
expectTypeOf(known).toEqualTypeOf<SourceTableDefinition<number, Customer, Customer>>();
// So are those of a copy, of a topic or of a table.
const counts = table('counts', { key: 'string', value: 'long', default: 0 });
const all = globalTable('all', { source: customers, default: () => ({ name: 'nobody' }) });
const allCounts = globalTable('all-counts', { source: counts });
expectTypeOf(all).toEqualTypeOf<GlobalTableDefinition<number, Customer, Customer>>();
expectTypeOf(allCounts).toEqualTypeOf<GlobalTableDefinition<string, number>>();
// @ts-expect-error a default is of the type of the values
globalTable('wrong', { source: counts, default: 'none' });
// @ts-expect-error it is a copy of a topic or of a table
globalTable('wrong', { source: all });
// @ts-expect-error it is a copy of something
globalTable('wrong', { key: 'string', value: 'long' });
// @ts-expect-error a default is of the type of the values
table('wrong', { source: customers, default: 'nobody' });
// @ts-expect-error the topic says how keys are written
table('wrong', { source: customers, key: 'string' });
// @ts-expect-error nobody writes it
table('wrong', { source: customers, placement: 'event' });
// @ts-expect-error it is the view of a topic
table('wrong', { source: byId });

// A join has the keys of both, and what combine makes of the values that are there.
const ages = table('ages', { key: 'integer', value: 'integer', default: 0 });
const named = joinTables('named', byId, ages, ({ name }, age) => {
  expectTypeOf(name).toEqualTypeOf<string>();
  expectTypeOf(age).toEqualTypeOf<number>();
  return `${name} ${age}`;
});
const some = leftJoinTables('some', all, named, (customer, text) => {
  expectTypeOf(customer).toEqualTypeOf<Customer>();
  expectTypeOf(text).toEqualTypeOf<string | undefined>();
  return text === undefined ? undefined : customer;
});
const any = outerJoinTables('any', all, byId, (customer, other) => {
  expectTypeOf(customer).toEqualTypeOf<Customer | undefined>();
  expectTypeOf(other).toEqualTypeOf<Customer | undefined>();
  return customer ?? other;
});
expectTypeOf(any).toEqualTypeOf<JoinedTableDefinition<number, Customer>>();
expectTypeOf(named).toEqualTypeOf<JoinedTableDefinition<number, string>>();
expectTypeOf(some).toEqualTypeOf<JoinedTableDefinition<number, Customer>>();
// @ts-expect-error the keys of the one are numbers, those of the other text
joinTables('wrong', byId, counts, () => 1);
// @ts-expect-error a topic is no table
joinTables('wrong', byId, customers, () => 1);

export class Joins {
  constructor(
    @Inject(named) readonly named: ReadonlyTable<number, string | undefined>,
    // @ts-expect-error it may give undefined
    @Inject(named) readonly always: ReadonlyTable<number, string>,
    // @ts-expect-error it is only read
    @Inject(named) readonly written: Table<number, string | undefined>,
  ) {}
}

export class Right {
  constructor(
    @Inject(byId) readonly some: ReadonlyTable<number, Customer | undefined>,
    @Inject(known) readonly all: ReadonlyTable<number, Customer>,
    @Inject(all) readonly whole: ReadonlyTable<number, Customer>,
    @Inject(allCounts) readonly counts: ReadonlyTable<string, number | undefined>,
  ) {}

  read(): void {
    expectTypeOf(this.all.get(1)).toEqualTypeOf<Customer>();
    // @ts-expect-error it is not written
    this.all.set(1, { name: 'x' });
    // @ts-expect-error its keys are numbers
    this.some.get('1');
  }
}

export class Wrong {
  constructor(
    // @ts-expect-error it is only read
    @Inject(byId) readonly written: Table<number, Customer | undefined>,
    // @ts-expect-error without a default it may give undefined
    @Inject(byId) readonly always: ReadonlyTable<number, Customer>,
    // @ts-expect-error it is only read, too
    @Inject(allCounts) readonly counts: Table<string, number | undefined>,
    // @ts-expect-error its keys are numbers
    @Inject(known) readonly texts: ReadonlyTable<string, Customer>,
  ) {}

  // @ts-expect-error a table is no source
  @Handler(byId)
  read(): void {}
}
