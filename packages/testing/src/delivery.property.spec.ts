import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Agent, App, CLOCK, type Clock, type Event, Handler, Inject, json, type Stream, type Topic, topic } from '@weir/core';
import fc from 'fast-check';
import { Outputs } from '../../core/src/agents/outputs.js';
import { DoneBefore } from '../../core/src/agents/reach.js';
import { Tracker } from '../../core/src/streams/tracker.js';
import { MemoryProducer } from '../../core/src/transport/memory/memory-producer.js';
import { AssignedPartition } from '../../core/src/worker/assigned-partition.js';
import { UndoneTries } from '../../core/src/worker/undone-tries.js';
import { TestApp, type TestWorker } from './index.js';

interface Order {
  readonly id: number;
}
const orders = topic('orders', { value: json<Order>() });
const invoices = topic('invoices', { value: json<Order>() });
/** What is sent for an order beside its invoice. */
const notes = topic('notes', { value: json<Order>() });
const PARTITIONS = 3;
const runs = Number(process.env.PROPERTY_RUNS ?? 300);

/** What the handlers of all workers have finished: what the outside world saw. */
let finished = new Set<string>();

/** Some orders take their time, some fail once, some always: everything a real handler does. */
class Invoicing {
  readonly #failed = new Set<number>();

  constructor(
    @Inject(invoices) private readonly out: Topic<string, Order>,
    @Inject(CLOCK) protected readonly clock: Clock,
    @Inject(notes) private readonly beside: Topic<string, Order>,
  ) {}

  async note({ id }: Order): Promise<void> {
    if (id % 7 === 3) await this.clock.sleep(150);
    await this.beside.send({ key: `${id % 5}`, value: { id } });
    if (id % 7 === 2) await this.clock.sleep(150);
  }

  async invoice({ id }: Order, event: Event): Promise<void> {
    if (id % 3 === 0) await this.clock.sleep((id % 7) * 100);
    // With exactly once, what is sent soon is kept back until the handler is done; what somebody may wait for is in the transaction at once.
    if (id % 2 === 0) this.out.sendSoon({ key: `${id % 5}`, value: { id } });
    else void this.out.send({ key: `${id % 5}`, value: { id } });
    if (id % 4 === 0) await this.clock.sleep((id % 7) * 100);
    if (id % 29 === 7) throw new Error('always');
    if (id % 11 === 5 && !this.#failed.has(id)) {
      this.#failed.add(id);
      throw new Error('once');
    }
    finished.add(`${event.partition}@${event.offset}`);
  }
}

const errors = { retry: { attempts: 1, backoff: '200ms' } } as const;

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

@App({ id: 'exact-ahead', errors, guarantee: 'exactly-once' })
class ExactAhead extends Invoicing {
  @Agent(orders)
  async take(stream: Stream<Order>): Promise<void> {
    const noted = stream.events().map(async (event) => {
      await this.note(event.value as Order);
      return event;
    });
    for await (const some of noted.take(3, '130ms')) {
      for (const event of some) await this.invoice(event.value as Order, event);
    }
  }
}

type Step =
  | { readonly do: 'send'; readonly count: number }
  | {
      readonly do:
        | 'malformed'
        | 'tombstone'
        | 'settle'
        | 'crash'
        | 'restart'
        | 'join'
        | 'leave'
        | 'crash a joined'
        | 'refuse a message'
        | 'drop a commit';
    }
  | { readonly do: 'advance'; readonly ms: number }
  | { readonly do: 'revoke' | 'lose'; readonly partition: number };

const simple = [
  'malformed',
  'tombstone',
  'settle',
  'crash',
  'restart',
  'join',
  'leave',
  'crash a joined',
  'refuse a message',
  'drop a commit',
] as const;
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ do: fc.constant('send' as const), count: fc.integer({ min: 1, max: 12 }) }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('advance' as const), ms: fc.integer({ min: 1, max: 1_500 }) }) },
    { weight: 4, arbitrary: fc.record({ do: fc.constantFrom(...simple) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('revoke' as const, 'lose' as const), partition: fc.nat(PARTITIONS - 1) }) },
  ),
  { minLength: 1, maxLength: 14 },
);

type Invoice = new (...args: never[]) => Invoicing;

/** One life of an app: what was sent, and what became of it. */
class Life {
  readonly sent: number[] = [];
  refusals = 0;
  readonly #joined: TestWorker[] = [];
  readonly #committed = new Array<number>(PARTITIONS).fill(0);

  private constructor(readonly app: TestApp) {}

  static async begin(appClass: Invoice): Promise<Life> {
    finished = new Set();
    return new Life(await TestApp.start(appClass, { partitions: PARTITIONS }));
  }

  async step(step: Step): Promise<void> {
    const { faults } = this.app.broker;
    const at = 'partition' in step ? [{ topic: 'orders', partition: step.partition }] : [];
    if (step.do === 'send') await this.#send(step.count);
    else if (step.do === 'malformed') await this.app.send(orders, { key: 'm', value: Buffer.from('{') });
    else if (step.do === 'tombstone') await this.app.send(orders, { key: 't', value: null });
    else if (step.do === 'settle') await this.app.settled();
    else if (step.do === 'advance') await this.app.advance(step.ms);
    else if (step.do === 'crash') await this.app.crash().then(() => this.app.restart());
    else if (step.do === 'restart') await this.app.restart();
    else if (step.do === 'join') this.#joined.push(await this.app.join());
    else if (step.do === 'leave') await this.#joined.shift()?.stop();
    else if (step.do === 'crash a joined') await this.#joined.shift()?.crash();
    else if (step.do === 'refuse a message') this.#refuse();
    else if (step.do === 'drop a commit') faults.dropCommits(1);
    else if (step.do === 'revoke') faults.revokeNow(at);
    else if (step.do === 'lose') faults.losePartition(...at);
    this.checkCommits();
  }

  #refuse(): void {
    this.refusals++;
    this.app.broker.faults.failProduce(oneOf('invoices'));
  }

  async #send(count: number): Promise<void> {
    const ids = Array.from({ length: count }, (_, index) => this.sent.length + index);
    this.sent.push(...ids);
    await this.app.send(
      orders,
      ids.map((id) => ({ key: `${id % 5}`, value: { id } })),
    );
  }

  /** Nothing that is not finished lies below a committed offset, and commits never go back. */
  checkCommits(): void {
    const unfinished = this.app.broker.messages('orders').filter(({ partition, offset }) => !finished.has(`${partition}@${offset}`));
    const setAside = new Set(this.app.deadLetters().map(({ partition, offset }) => `${partition}@${offset}`));
    for (let partition = 0; partition < PARTITIONS; partition++) {
      const committed = this.app.committed(orders, partition);
      expect(committed).toBeGreaterThanOrEqual(this.#committed[partition]);
      this.#committed[partition] = committed;
      const passed = unfinished.filter(
        (each) => each.partition === partition && each.offset < committed && !setAside.has(`${partition}@${each.offset}`),
      );
      expect(passed.map(({ offset }) => offset)).toEqual([]);
    }
  }

  /** Lets everything come to an end. */
  async end(): Promise<void> {
    for (let waited = 0; waited < 20 && !this.isComplete; waited++) await this.app.advance('3s');
    await this.app.settled();
    this.checkCommits();
  }

  get isComplete(): boolean {
    return new Set([...this.invoiced, ...this.setAside]).size === this.sent.length;
  }

  get invoiced(): number[] {
    return this.app.sent(invoices).flatMap(({ value }) => (value === null ? [] : [value.id]));
  }

  get noted(): number[] {
    return this.app.sent(notes).flatMap(({ value }) => (value === null ? [] : [value.id]));
  }

  get setAside(): number[] {
    return this.app
      .deadLetters()
      .flatMap(({ value }) => (value === null || value.length < 2 ? [] : [(JSON.parse(String(value)) as Order).id]));
  }
}

/** Refuses one message of a topic, as a broker would for good. */
function oneOf(name: string): (message: { readonly topic: string }) => boolean {
  let left = 1;
  return (message) => message.topic === name && left-- > 0;
}

async function live(appClass: Invoice, plan: readonly Step[], check: (life: Life) => void): Promise<void> {
  const life = await Life.begin(appClass);
  try {
    for (const step of plan) await life.step(step);
    await life.end();
    check(life);
  } finally {
    await life.app.stop();
  }
}

/** Those that always fail; and one that fails once may do so just when its message is refused too. */
const mayFail = (id: number) => id % 29 === 7 || id % 11 === 5;

/** Everything that was sent came out or was set aside. */
function nothingLost({ sent, invoiced, setAside, refusals }: Life): void {
  const seen = new Set([...invoiced, ...setAside]);
  expect(sent.filter((id) => !seen.has(id))).toEqual([]);
  // Refused before it is known whose message it is, then at both of its tries: whoever meets three refusals is set aside with good reason.
  if (refusals < 3) expect([...new Set(setAside)].filter((id) => !mayFail(id))).toEqual([]);
}

/** Everything came out once, or was set aside, in the order of its key. */
function exactlyOnce(life: Life): void {
  const { sent, invoiced, setAside } = life;
  expect([...invoiced, ...setAside].sort((a, b) => a - b)).toEqual(sent);
  for (let key = 0; key < 5; key++) {
    const ofKey = invoiced.filter((id) => id % 5 === key);
    expect(ofKey).toEqual([...ofKey].sort((a, b) => a - b));
  }
}

/** The same of all that is sent for an order. */
function allExactlyOnce(life: Life): void {
  exactlyOnce(life);
  expect([...life.noted].sort((a, b) => a - b)).toEqual([...life.invoiced].sort((a, b) => a - b));
}

const search = (appClass: Invoice, check: (life: Life) => void, numRuns: number) =>
  fc.check(
    fc.asyncProperty(steps, (plan) => live(appClass, plan, check)),
    { numRuns, endOnFailure: true },
  );

const hold = (appClass: Invoice, check: (life: Life) => void, numRuns: number) =>
  fc.assert(
    fc.asyncProperty(steps, (plan) => live(appClass, plan, check)),
    { numRuns, endOnFailure: true, interruptAfterTimeLimit: 240_000 },
  );

describe('whatever happens', () => {
  it('loses nothing, one event after another', () => hold(Plain, nothingLost, Math.ceil(runs * 0.4)), 300_000);
  it('loses nothing, many keys at once', () => hold(Keyed, nothingLost, Math.ceil(runs * 0.4)), 300_000);
  it.each([
    ['many keys at once', Exact, 0.2],
    ['one event after another', ExactSerial, 0.1],
    ['arrays', ExactArrays, 0.1],
    ['a loop', ExactLoop, 0.1],
    ['a loop over arrays', ExactTake, 0.1],
  ] as const)(
    'shows everything exactly once when asked to, %s',
    (_, shape, share) => hold(shape, exactlyOnce, Math.ceil(runs * share)),
    300_000,
  );
  it.each([
    ['elements of one event in several arrays', ExactElements],
    ['steps ahead of arrays', ExactAhead],
  ] as const)(
    'shows all that is sent for an event exactly once when asked to, %s',
    (_, shape) => hold(shape, allExactlyOnce, Math.ceil(runs * 0.1)),
    300_000,
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
        const { with: reach } = DoneBefore.prototype;
        jest.spyOn(DoneBefore.prototype, 'with').mockImplementation(function (this: DoneBefore, tracker) {
          return { ...reach.call(this, tracker), except: [] };
        });
      },
    ],
    [
      'notes that nobody reads',
      () => {
        jest.spyOn(DoneBefore.prototype, 'has').mockImplementation(() => false);
      },
    ],
    [
      'what a failed try has sent goes out with the next one',
      () => {
        jest.spyOn(Outputs.prototype, 'discard').mockImplementation(() => undefined);
      },
    ],
    [
      'a failed try that has left something in the transaction is repeated within it',
      () => {
        jest.spyOn(UndoneTries.prototype, 'undo').mockImplementation(() => undefined);
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
