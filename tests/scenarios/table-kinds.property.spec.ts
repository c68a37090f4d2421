import { describe, expect, it } from '@jest/globals';
import {
  App,
  CLOCK,
  type Clock,
  type Event,
  globalTable,
  Handler,
  Inject,
  type ReadonlyTable,
  type SetTable,
  setTable,
  type Table,
  type Topic,
  table,
} from '@weir/core';
import { errors, hold, Invoicing, invoices, type Life, notes, type Order, orders, restless, steps } from './life.fixture.js';
import { runs, testLimitMs } from './property-runs.fixture.js';

const counts = table('counts', { key: 'string', value: 'long', default: 0 });
const idsOfKeys = setTable('ids', { key: 'string', value: 'integer' });
const countsEverywhere = globalTable('everywhere', { source: counts });
const latestNotes = table('latest-notes', { source: notes });

/** What a table had that it must not have had, in the life that runs. */
const wrong: string[] = [];

@App({ id: 'kinds', errors })
class Kinds extends Invoicing {
  constructor(
    @Inject(invoices) out: Topic<string, Order>,
    @Inject(CLOCK) clock: Clock,
    @Inject(notes) private readonly noted: Topic<string, Order>,
    @Inject(counts) private readonly counts: Table<string, number>,
    @Inject(idsOfKeys) private readonly ids: SetTable<string, number>,
    @Inject(countsEverywhere) private readonly everywhere: ReadonlyTable<string, number | undefined>,
    @Inject(latestNotes) private readonly latest: ReadonlyTable<string, Order | undefined>,
  ) {
    super(out, clock, noted);
  }

  copied(key: string): number {
    return this.everywhere.get(key) ?? 0;
  }

  @Handler(orders, { concurrency: { by: 'none', max: 4, maxAhead: 20 } })
  async take(order: Order, event: Event): Promise<void> {
    const key = `${order.id % 5}`;
    if (this.ids.has(key, order.id)) wrong.push(`${order.id} was counted before`);
    const n = this.counts.update(key, (before) => before + 1);
    // What is committed is in the table that commits it.
    const copied = this.copied(key);
    if (copied > n) wrong.push(`the copy of ${key} has ${copied}, the table ${n}`);
    await this.invoice(order, event);
    this.ids.add(key, order.id);
    const latest = this.latest.get(key);
    if (latest !== undefined && `${latest.id % 5}` !== key) wrong.push(`the view has ${latest.id} under ${key}`);
    this.noted.sendSoon({ key, value: { id: order.id } });
  }
}

/** Each order is counted once that was not set aside, and is in one set; what others have copied agrees. */
function areExact({ app, sent, setAside }: Life): void {
  expect(wrong.splice(0)).toEqual([]);
  const left = new Set(setAside);
  for (let key = 0; key < 5; key++) {
    const due = sent.filter((id) => id % 5 === key);
    const ids = app.table(idsOfKeys).get(`${key}`);
    expect(due.filter((id) => !left.has(id) && !ids.has(id))).toEqual([]);
    expect([...ids].filter((id) => !due.includes(id))).toEqual([]);
    expect([app.table(counts).get(`${key}`), app.get(Kinds).copied(`${key}`)]).toEqual([ids.size, ids.size]);
  }
}

describe.each([
  ['whatever happens', steps],
  ['whatever happens while nothing is at rest', restless],
])('tables of every kind are exact, %s,', (_, plans) => {
  it.each([
    ['at-least-once', 'memory://'],
    ['at-least-once', 'level://'],
    ['exactly-once', 'memory://'],
    ['exactly-once', 'level://'],
  ] as const)('%s, %s', (guarantee, store) => hold(Kinds, areExact, Math.ceil(runs * 0.05), plans, { guarantee, store }), testLimitMs);
});
