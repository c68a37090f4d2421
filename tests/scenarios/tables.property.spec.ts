import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Agent, App, CLOCK, type Clock, type Event, Handler, Inject, json, type Stream, type Table, type Topic, table } from '@weir/core';
import { LaneWork } from '../../packages/core/src/lanes/lane-work.js';
import { Shard } from '../../packages/core/src/tables/shard.js';
import { TableWrites } from '../../packages/core/src/tables/table-writes.js';
import { errors, hold, Invoicing, invoices, type Life, notes, type Order, orders, restless, search, steps } from './life.fixture.js';
import { runs, testLimitMs } from './property-runs.fixture.js';

/** The orders of each key, as they were handled. */
const tally = table('tally', { key: 'string', value: json<readonly number[]>(), default: [] as readonly number[] });

/** The same with copies on every worker: whoever takes a partition over goes on with one. */
const copied = table('copied', { key: 'string', value: json<readonly number[]>(), default: [] as readonly number[], standby: 'all' });

class Tallying extends Invoicing {
  constructor(
    @Inject(invoices) out: Topic<string, Order>,
    @Inject(CLOCK) clock: Clock,
    @Inject(notes) beside: Topic<string, Order>,
    @Inject(tally) protected readonly tally: Table<string, readonly number[]>,
  ) {
    super(out, clock, beside);
  }

  /** Some change the table at once, some over a wait, some have read all of it. */
  async tell(order: Order, event: Event): Promise<void> {
    const key = `${order.id % 5}`;
    if (order.id % 3 === 1) this.tally.update(key, (ids) => [...ids, order.id]);
    const before = this.tally.get(key);
    if (order.id % 13 === 5) for await (const _ of this.tally.entries());
    await this.invoice(order, event);
    if (order.id % 3 !== 1) this.tally.set(key, [...before, order.id]);
  }
}

@App({ id: 'tally-none', errors })
class AtOnce extends Tallying {
  @Handler(orders, { concurrency: { by: 'none', max: 4, maxAhead: 20 } })
  take(order: Order, event: Event): Promise<void> {
    return this.tell(order, event);
  }
}

@App({ id: 'tally-two', errors })
class TwoAgents extends Tallying {
  @Handler(orders, { concurrency: { by: 'key', max: 4 } })
  take(order: Order, event: Event): Promise<void> {
    return this.tell(order, event);
  }
  @Handler(orders)
  touch({ id }: Order): void {
    this.tally.update('touched', (ids) => [id, ...ids].slice(0, 1));
  }
}

@App({ id: 'tally-arrays', errors })
class Arrays extends Tallying {
  @Handler(orders, { batch: { max: 4, within: '300ms' } })
  async take(some: Order[], events: Event[]): Promise<void> {
    for (const [index, order] of some.entries()) await this.tell(order, events[index]);
  }
}

@App({ id: 'tally-loop', errors })
class Loop extends Tallying {
  @Agent(orders)
  async take(stream: Stream<Order>): Promise<void> {
    for await (const event of stream.events()) await this.tell(event.value as Order, event);
  }
}

@App({ id: 'tally-take', errors })
class Take extends Tallying {
  @Agent(orders)
  async take(stream: Stream<Order>): Promise<void> {
    for await (const some of stream.events().take(3, '130ms')) {
      for (const event of some) await this.tell(event.value as Order, event);
    }
  }
}

@App({ id: 'tally-copied', errors })
class Copied extends Tallying {
  constructor(
    @Inject(invoices) out: Topic<string, Order>,
    @Inject(CLOCK) clock: Clock,
    @Inject(notes) beside: Topic<string, Order>,
    @Inject(copied) tally: Table<string, readonly number[]>,
  ) {
    super(out, clock, beside, tally);
  }

  @Handler(orders, { concurrency: { by: 'none', max: 4, maxAhead: 20 } })
  take(order: Order, event: Event): Promise<void> {
    return this.tell(order, event);
  }
}

/** The table has every order once that was not set aside: it agrees with the committed offsets, whatever was sent twice. */
function isExact({ app, sent, setAside }: Life): void {
  const ids = [...app.table(tally).entries(), ...app.table(copied).entries()].flatMap(([key, all]) => (key === 'touched' ? [] : all));
  expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
  const left = new Set(setAside);
  expect(sent.filter((id) => !left.has(id) && !ids.includes(id))).toEqual([]);
}

describe.each([
  ['whatever happens', steps],
  ['whatever happens while nothing is at rest', restless],
])('a table is exact, %s,', (_, plans) => {
  describe.each(['at-least-once', 'exactly-once'] as const)('%s:', (guarantee) => {
    it.each([
      ['many events at once', AtOnce, undefined],
      ['two agents', TwoAgents, undefined],
      ['arrays', Arrays, undefined],
      ['a loop', Loop, undefined],
      ['a loop over arrays', Take, undefined],
      ['copies in memory', Copied, undefined],
      ['copies on disk', Copied, 'level://'],
    ] as const)('%s', (_, shape, store) => hold(shape, isExact, Math.ceil(runs * 0.1), plans, { guarantee, store }), testLimitMs);
  });
});

describe('the property finds a planted bug:', () => {
  afterEach(() => void jest.restoreAllMocks());

  it.each([
    [
      'nobody looks whether an attempt was overtaken',
      () => {
        const { read } = TableWrites.prototype;
        jest.spyOn(TableWrites.prototype, 'read').mockImplementation(function (this: TableWrites, shard, cell) {
          const { version } = cell;
          Object.defineProperty(cell, 'version', { get: () => version, set: () => undefined, configurable: true });
          return read.call(this, shard, cell);
        });
      },
    ],
    ['a rewind that keeps what was written', () => jest.spyOn(Shard.prototype, 'dropped').mockImplementation(() => undefined)],
    [
      'changes that are applied in a later turn than the event is finished',
      () => {
        const { apply } = TableWrites.prototype;
        jest.spyOn(TableWrites.prototype, 'apply').mockImplementation(function (this: TableWrites) {
          const again = () => apply.call(this);
          jest.spyOn(this, 'drop').mockImplementation(() => undefined);
          void new Promise(setImmediate)
            .then(() => new Promise(setImmediate))
            .then(again)
            .catch(() => undefined);
        });
      },
    ],
    [
      'an event that is finished though its changes are not applied yet',
      () => {
        jest.spyOn(LaneWork.prototype, 'succeedWith').mockImplementation(function (this: LaneWork, attempt, event) {
          if (!attempt.isRunning) return;
          this.intake.tracker.finish(event.ticket);
          this.enter(event);
          void Promise.resolve(this.context.clock.sleep(1)).then(() => {
            try {
              if (attempt.isRunning) this.context.outputs.succeed(attempt);
            } catch {
              this.context.outputs.fail(attempt);
            }
            this.leave(event);
          });
        });
      },
    ],
  ])(
    '%s',
    async (_, plant) => {
      plant();
      const { failed } = await search(AtOnce, isExact, 300);
      expect(failed).toBe(true);
    },
    120_000,
  );
});
