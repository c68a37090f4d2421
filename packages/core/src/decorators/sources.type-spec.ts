import {
  Agent,
  App,
  type DedupeDefinition,
  dedupe,
  type Event,
  type GroupedDefinition,
  Handler,
  Inject,
  json,
  type MergedDefinition,
  merge,
  type Stream,
  table,
  topic,
} from '@weir/core';
import { expectTypeOf } from 'expect-type';

interface View {
  readonly url: string;
  readonly ms: number;
}

class Order {
  customer!: number;
}

class CustomerKey {
  country!: string;
  id!: number;
}

const views = topic('views', { key: 'long', value: json<View>() });
const orders = topic('orders', { value: Order });
const unchecked = topic('unchecked');
const counts = table('counts', { key: 'string', value: 'long', default: 0 });

// The types of values go through, those of keys are of the schema that is given.
const byUrl = views.groupBy((view) => view.url, { name: 'by-url' });
const byMs = byUrl.groupBy(({ ms }, { key, headers, timestamp }) => (key === null ? ms : headers.a.length + timestamp), {
  name: 'by-ms',
  key: 'integer',
});
const byCustomer = orders.groupBy(({ customer }) => ({ country: 'cz', id: customer }), { name: 'by-customer', key: CustomerKey });
const byBytes = orders.groupBy(({ customer }) => (customer > 1 ? String(customer) : Buffer.from('one')), { name: 'bytes', key: 'raw' });
expectTypeOf(byUrl).toEqualTypeOf<GroupedDefinition<string, View>>();
expectTypeOf(byMs).toEqualTypeOf<GroupedDefinition<number, View>>();
expectTypeOf(byCustomer).toEqualTypeOf<GroupedDefinition<CustomerKey, Order>>();
expectTypeOf(byBytes).toEqualTypeOf<GroupedDefinition<Buffer, Order>>();
expectTypeOf(unchecked.groupBy((value) => (value as View).url, { name: 'a' })).toEqualTypeOf<GroupedDefinition<string, unknown>>();
views.groupBy((_, { key }) => (key === 4 ? undefined : null), { name: 'a' });
// @ts-expect-error the key is text
views.groupBy(({ ms }) => ms, { name: 'a' });
// @ts-expect-error the key is a number
views.groupBy(({ url }) => url, { name: 'a', key: 'long' });
// @ts-expect-error nobody waits for a key
views.groupBy(async ({ url }) => url, { name: 'a' });
// @ts-expect-error the value has no such member
views.groupBy(({ uri }) => uri, { name: 'a' });
// @ts-expect-error a group has a name
views.groupBy(({ url }) => url, {});
// @ts-expect-error nobody reads this option
views.groupBy(({ url }) => url, { name: 'a', partitions: 3 });
// @ts-expect-error there is no codec of this name
views.groupBy(({ url }) => url, { name: 'a', key: 'strnig' });
// @ts-expect-error a table is not grouped
counts.groupBy;

const both = merge(byUrl, orders);
expectTypeOf(both).toEqualTypeOf<MergedDefinition<string, View | Order>>();
expectTypeOf(merge(both, views, topic('texts', { value: 'string' }))).toEqualTypeOf<
  MergedDefinition<string | number, View | Order | string>
>();
// @ts-expect-error one is no merge
merge(views);
// @ts-expect-error a table is no source
merge(views, counts);

const once = dedupe(byMs, {
  by: ({ url }, { key, headers, timestamp }) => `${url}${key}${headers.a}${timestamp}`,
  within: '1d',
  name: 'once',
});
expectTypeOf(once).toEqualTypeOf<DedupeDefinition<number, View>>();
// @ts-expect-error what duplicates have in common is a text
dedupe(views, { by: ({ ms }) => ms, within: '1d', name: 'a' });
// @ts-expect-error nobody waits for it
dedupe(views, { by: async ({ url }) => url, within: '1d', name: 'a' });
// @ts-expect-error within is a duration
dedupe(views, { by: ({ url }) => url, within: 'soon', name: 'a' });
// @ts-expect-error it has a name
dedupe(views, { by: ({ url }) => url, within: '1d' });
// @ts-expect-error nobody reads this option
dedupe(views, { by: ({ url }) => url, within: '1d', name: 'a', key: 'long' });
// @ts-expect-error a merge has no partitions of its own
dedupe(both, { by: () => 'a', within: '1d', name: 'a' });
// @ts-expect-error a table is no source
dedupe(counts, { by: () => 'a', within: '1d', name: 'a' });
// @ts-expect-error it is not grouped again
once.groupBy;

table('alike', { key: 'string', value: 'long', like: byUrl });
// @ts-expect-error a merge has no partitions of its own
table('wrong', { key: 'string', value: 'long', like: both });

/** Values and keys of a source reach the method, in every form. */
@App({ id: 'sources' })
export class Sources {
  @Handler(byUrl)
  one(view: View, event: Event<string, View>): void {
    expectTypeOf(event.key).toEqualTypeOf<string | null>();
    expectTypeOf(view.url).toEqualTypeOf<string>();
  }

  @Handler(byMs, { batch: { max: 10 } })
  some(views: View[], events: Event<number, View>[]): void {
    expectTypeOf(events[0].key).toEqualTypeOf<number | null>();
    expectTypeOf(views).toEqualTypeOf<View[]>();
  }

  @Handler(once)
  once(view: View, event: Event<number, View>): void {
    expectTypeOf(event.key).toEqualTypeOf<number | null>();
    expectTypeOf(view).toEqualTypeOf<View>();
  }

  // @ts-expect-error its values are views
  @Handler(once)
  wrongOnce(_: Order): void {}

  @Agent(byCustomer)
  async loop(stream: Stream<Order, CustomerKey>): Promise<void> {
    for await (const { key, value } of stream.events()) {
      expectTypeOf(key).toEqualTypeOf<CustomerKey | null>();
      expectTypeOf(value).toEqualTypeOf<Order>();
    }
  }

  @Handler(both)
  each(value: View | Order, { key }: Event<string>): void {
    expectTypeOf(key).toEqualTypeOf<string | null>();
    if (!(value instanceof Order)) expectTypeOf(value).toEqualTypeOf<View>();
  }

  @Agent(both)
  async merged(stream: Stream<View | Order>): Promise<void> {
    for await (const value of stream) expectTypeOf(value).toEqualTypeOf<View | Order>();
  }

  @Handler(merge(views, views), { batch: { max: 2 } })
  arrays(_: View[]): void {}

  // @ts-expect-error its values are views
  @Handler(byUrl)
  wrongValue(_: Order): void {}

  // @ts-expect-error its keys are text
  @Handler(byUrl)
  wrongKey(_: View, __: Event<number>): void {}

  // @ts-expect-error a value may be a view
  @Handler(both)
  half(_: Order): void {}

  // @ts-expect-error and so in a stream
  @Agent(both)
  async halfStream(_: Stream<Order>): Promise<void> {}

  // @ts-expect-error a table is no source
  @Handler(counts)
  ofTable(): void {}

  // @ts-expect-error nor in a stream
  @Agent(counts)
  async streamOfTable(_: Stream<number>): Promise<void> {}

  // @ts-expect-error a grouped source is not written to
  @Handler(orders, { sinks: [byCustomer] })
  sink(order: Order): Order {
    return order;
  }
}

/** What is only read is not injected. */
export class Injects {
  // @ts-expect-error a grouped source
  @Inject(byUrl) readonly grouped!: unknown;
  // @ts-expect-error a merge
  @Inject(both) readonly merged!: unknown;
  // @ts-expect-error a source without duplicates
  @Inject(once) readonly once!: unknown;
}
