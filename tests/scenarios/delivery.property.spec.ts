import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Agent, App, type Event, Handler, type Stream } from '@weir/core';
import { Outputs } from '../../packages/core/src/attempts/outputs.js';
import { LaneWork } from '../../packages/core/src/lanes/lane-work.js';
import { AssignedPartition } from '../../packages/core/src/partitions/assigned-partition.js';
import { Completed } from '../../packages/core/src/positions/completed-offsets.js';
import { Tracker } from '../../packages/core/src/positions/tracker.js';
import { MemoryProducer } from '../../packages/core/src/transport/memory/memory-producer.js';
import {
  allExactlyOnce,
  errors,
  exactlyOnce,
  hold,
  Invoicing,
  nothingLost,
  type Order,
  orders,
  restless,
  search,
  steps,
} from './life.fixture.js';
import { runs, testLimitMs } from './property-runs.fixture.js';

@App({ id: 'plain', errors })
class Plain extends Invoicing {
  @Handler(orders)
  take(order: Order, event: Event): Promise<void> {
    return this.invoice(order, event);
  }
}

@App({ id: 'keyed', errors })
class Keyed extends Invoicing {
  @Handler(orders, { concurrency: { by: 'key', max: 4, maxAhead: 20 } })
  take(order: Order, event: Event): Promise<void> {
    return this.invoice(order, event);
  }
}

@App({ id: 'exact', errors, guarantee: 'exactly-once' })
class Exact extends Invoicing {
  @Handler(orders, { concurrency: { by: 'key', max: 4 } })
  take(order: Order, event: Event): Promise<void> {
    return this.invoice(order, event);
  }
}

@App({ id: 'exact-serial', errors, guarantee: 'exactly-once' })
class ExactSerial extends Invoicing {
  @Handler(orders)
  take(order: Order, event: Event): Promise<void> {
    return this.invoice(order, event);
  }
}

@App({ id: 'exact-arrays', errors, guarantee: 'exactly-once' })
class ExactArrays extends Invoicing {
  @Handler(orders, { batch: { max: 4, within: '300ms' } })
  async take(some: Order[], events: Event[]): Promise<void> {
    for (const [index, order] of some.entries()) await this.invoice(order, events[index]);
  }
}

@App({ id: 'exact-loop', errors, guarantee: 'exactly-once' })
class ExactLoop extends Invoicing {
  @Agent(orders)
  async take(stream: Stream<Order>): Promise<void> {
    for await (const event of stream.events()) await this.invoice(event.value as Order, event);
  }
}

@App({ id: 'exact-take', errors, guarantee: 'exactly-once' })
class ExactTake extends Invoicing {
  @Agent(orders)
  async take(stream: Stream<Order>): Promise<void> {
    for await (const some of stream.events().take(3, '130ms')) {
      for (const event of some) await this.invoice(event.value as Order, event);
    }
  }
}

@App({ id: 'exact-elements', errors, guarantee: 'exactly-once' })
class ExactElements extends Invoicing {
  @Agent(orders)
  async take(stream: Stream<Order>): Promise<void> {
    const steps = stream
      .events()
      .flatMap((event) => (['note', 'invoice', 'nothing', 'nothing'] as const).map((step) => ({ event, step })))
      .filter(async ({ event, step }) => {
        if (step === 'nothing' && event.offset % 4 === 1) await this.clock.sleep(80);
        return step !== 'nothing';
      });
    for await (const some of steps.take(3, '130ms')) {
      for (const { event, step } of some) {
        if (step === 'note') await this.note(event.value as Order);
        else await this.invoice(event.value as Order, event);
      }
    }
  }
}

describe.each([
  ['whatever happens', steps],
  ['whatever happens while nothing is at rest', restless],
])('%s', (_, plans) => {
  it('loses nothing, one event after another', () => hold(Plain, nothingLost, Math.ceil(runs * 0.4), plans), testLimitMs);
  it('loses nothing, many keys at once', () => hold(Keyed, nothingLost, Math.ceil(runs * 0.4), plans), testLimitMs);
  it.each([
    ['many keys at once', Exact, 0.2],
    ['one event after another', ExactSerial, 0.1],
    ['arrays', ExactArrays, 0.1],
    ['a loop', ExactLoop, 0.1],
    ['a loop over arrays', ExactTake, 0.1],
  ] as const)(
    'shows everything exactly once when asked to, %s',
    (_, shape, share) => hold(shape, exactlyOnce, Math.ceil(runs * share), plans),
    testLimitMs,
  );
  it(
    'shows all that is sent for an event exactly once when asked to, elements of one event in several arrays',
    () => hold(ExactElements, allExactlyOnce, Math.ceil(runs * 0.1), plans),
    testLimitMs,
  );
});

describe('the property finds a planted bug:', () => {
  afterEach(() => void jest.restoreAllMocks());

  const latest = new WeakMap<Tracker, number>();

  it.each([
    [
      'a commit before what was produced is delivered',
      () => jest.spyOn(MemoryProducer.prototype, 'flush').mockImplementation(async () => undefined),
    ],
    [
      'a commit by arithmetic: the newest finished offset counts',
      () => {
        const { deliver } = Tracker.prototype;
        jest.spyOn(Tracker.prototype, 'deliver').mockImplementation(function (this: Tracker, offset) {
          latest.set(this, offset);
          return deliver.call(this, offset);
        });
        jest.spyOn(Tracker.prototype, 'committable', 'get').mockImplementation(function (this: Tracker) {
          return (latest.get(this) ?? -1) + 1;
        });
      },
    ],
    [
      'an offset too many while the oldest event is in flight',
      () => {
        jest.spyOn(Tracker.prototype, 'committable', 'get').mockImplementation(function (this: Tracker) {
          return this.oldest === undefined ? undefined : this.oldest + 1;
        });
      },
    ],
    [
      'a commit of everything that was delivered, as after a careless revoke',
      () => {
        jest.spyOn(AssignedPartition.prototype, 'committable', 'get').mockImplementation(function (this: AssignedPartition) {
          return this.position > this.committed ? this.position : undefined;
        });
      },
    ],
  ])(
    '%s',
    async (_, plant) => {
      plant();
      const { failed } = await search(Keyed, nothingLost, 300);
      expect(failed).toBe(true);
    },
    120_000,
  );

  it.each([
    [
      'notes beside the offset that forget what was left out',
      () => {
        const { with: completed } = Completed.prototype;
        jest.spyOn(Completed.prototype, 'with').mockImplementation(function (this: Completed, tracker) {
          return { ...completed.call(this, tracker), except: [] };
        });
      },
    ],
    [
      'notes that nobody reads',
      () => {
        jest.spyOn(Completed.prototype, 'has').mockImplementation(() => false);
      },
    ],
    [
      'what a failed attempt has staged goes out',
      () => {
        const { fail } = Outputs.prototype;
        jest.spyOn(Outputs.prototype, 'fail').mockImplementation(function (this: Outputs, attempt) {
          this.handOut(attempt);
          fail.call(this, attempt);
        });
      },
    ],
    [
      'a failed attempt that has left something in the transaction is repeated within it',
      () => {
        jest.spyOn(LaneWork.prototype, 'fail').mockImplementation(function (this: LaneWork, attempt, error) {
          this.context.outputs.fail(attempt);
          return { error, isCounted: true, isInTransaction: false };
        });
      },
    ],
    [
      'a transaction that does not wait for attempts that have sent into it',
      () => {
        jest.spyOn(Outputs.prototype, 'isQuiescent', 'get').mockImplementation(() => true);
      },
    ],
    [
      'events that are finished in a later turn than their messages leave',
      () => {
        jest.spyOn(LaneWork.prototype, 'succeedWith').mockImplementation(function (this: LaneWork, attempt, event) {
          if (!attempt.isRunning) return;
          this.context.outputs.succeed(attempt);
          this.enter(event);
          void Promise.resolve(this.context.clock.sleep(1)).then(() => {
            this.finish(event);
            this.leave(event);
          });
        });
      },
    ],
  ])(
    'with exactly once, %s',
    async (_, plant) => {
      plant();
      const { failed } = await search(Exact, exactlyOnce, 300);
      expect(failed).toBe(true);
    },
    120_000,
  );
});
