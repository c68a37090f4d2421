// The life of an app among faults, as the property tests have it.
import { expect } from '@jest/globals';
import { CLOCK, type Clock, type Event, Inject, json, type Overrides, type Topic, topic } from '@weir/core';
import { TestApp, type TestWorker } from '@weir/testing';
import fc from 'fast-check';
import { invoices, type Order, orders } from './orders.fixture.js';
import { withinLimit } from './property-runs.fixture.js';

export { invoices, type Order, orders };
/** What is sent for an order beside its invoice. */
export const notes = topic('notes', { value: json<Order>() });
const PARTITIONS = 3;

/** What the handlers of all workers have finished: what the outside world saw. */
let finished = new Set<string>();

/** The orders that were given to handlers of all workers, in this order, by those that note it. */
export const given: number[] = [];

/** Notes that a handler has come to its end with an event. */
export function finish({ partition, offset }: Event): void {
  finished.add(`${partition}@${offset}`);
}

/** Some orders take their time, some fail once, some always: everything a real handler does. */
export class Invoicing {
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
    finish(event);
  }
}

export const errors = { retry: { attempts: 1, backoff: '200ms' } } as const;

export type Step =
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
  | { readonly do: 'advance' | 'pass' | 'slow down' | 'outage'; readonly ms: number }
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
export const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ do: fc.constant('send' as const), count: fc.integer({ min: 1, max: 12 }) }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('advance' as const), ms: fc.integer({ min: 1, max: 1_500 }) }) },
    { weight: 4, arbitrary: fc.record({ do: fc.constantFrom(...simple) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('revoke' as const, 'lose' as const), partition: fc.nat(PARTITIONS - 1) }) },
  ),
  { minLength: 1, maxLength: 14 },
);

const abrupt = ['refuse a message', 'drop a commit', 'join', 'crash', 'crash a joined'] as const;
/** Nothing comes to rest between one step and the next, and the broker takes its time. */
export const restless: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ do: fc.constant('send' as const), count: fc.integer({ min: 1, max: 8 }) }) },
    { weight: 6, arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.integer({ min: 0, max: 400 }) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('slow down' as const), ms: fc.constantFrom(0, 50, 500) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('outage' as const), ms: fc.integer({ min: 0, max: 3_000 }) }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constantFrom(...abrupt) }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('revoke' as const, 'lose' as const), partition: fc.nat(PARTITIONS - 1) }) },
  ),
  { minLength: 4, maxLength: 24 },
);

export type Invoice = new (...args: never[]) => Invoicing;

/** One life of an app: what was sent, and what became of it. */
export class Life {
  readonly sent: number[] = [];
  refusals = 0;
  readonly #joined: TestWorker[] = [];
  readonly #committed = new Array<number>(PARTITIONS).fill(0);

  private constructor(
    readonly app: TestApp,
    /** Whether events that fail are parked: their offsets are committed. */
    readonly parks: boolean,
  ) {}

  static async begin(appClass: Invoice, overrides: Overrides = {}): Promise<Life> {
    finished = new Set();
    given.length = 0;
    return new Life(await TestApp.start(appClass, { partitions: PARTITIONS, overrides }), overrides.errors?.retry?.durable !== undefined);
  }

  async step(step: Step): Promise<void> {
    const { faults } = this.app.broker;
    const at = 'partition' in step ? [{ topic: 'orders', partition: step.partition }] : [];
    if (step.do === 'send') await this.#send(step.count);
    else if (step.do === 'malformed') await this.app.send(orders, { key: 'm', value: Buffer.from('{') });
    else if (step.do === 'tombstone') await this.app.send(orders, { key: 't', value: null });
    else if (step.do === 'settle') await this.app.settled();
    else if (step.do === 'advance') await this.app.advance(step.ms);
    else if (step.do === 'pass') await this.#pass(step.ms);
    else if (step.do === 'outage') await this.#outage(step.ms);
    else if (step.do === 'slow down') faults.delayProduce(step.ms);
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

  /** Time goes by, and only some of what is due then is done. */
  async #pass(ms: number): Promise<void> {
    this.app.clock.advanceTo(this.app.clock.now() + ms);
    for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
  }

  async #outage(ms: number): Promise<void> {
    const { faults } = this.app.broker;
    faults.down();
    await this.#pass(ms);
    faults.up();
  }

  async #send(count: number): Promise<void> {
    const { faults } = this.app.broker;
    const delay = faults.produceDelayMs;
    faults.delayProduce(0);
    const ids = Array.from({ length: count }, (_, index) => this.sent.length + index);
    this.sent.push(...ids);
    await this.app.send(
      orders,
      ids.map((id) => ({ key: `${id % 5}`, value: { id } })),
    );
    faults.delayProduce(delay);
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
      if (!this.parks) expect(passed.map(({ offset }) => offset)).toEqual([]);
    }
  }

  /** Lets everything come to an end. */
  async end(isOver = () => this.isComplete): Promise<void> {
    for (let waited = 0; waited < 20 && !isOver(); waited++) await this.app.advance('3s');
    await this.app.settled();
    this.checkCommits();
  }

  get isComplete(): boolean {
    return new Set([...this.invoiced, ...this.setAside]).size === this.sent.length;
  }

  /** Whether the group has come to the end of every partition. */
  get isAtEnd(): boolean {
    const messages = this.app.broker.messages('orders');
    const isAtEnd = (at: number) => this.app.committed(orders, at) === messages.filter(({ partition }) => partition === at).length;
    return Array.from({ length: PARTITIONS }, (_, at) => at).every(isAtEnd);
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

export async function live(
  appClass: Invoice,
  plan: readonly Step[],
  check: (life: Life) => void,
  overrides: Overrides = {},
): Promise<void> {
  const life = await Life.begin(appClass, overrides);
  try {
    for (const step of plan) await life.step(step);
    life.app.broker.faults.delayProduce(0);
    // What is on its way to the broker comes there, one message after another, and what waits for it goes on.
    await life.app.advance('5s');
    await life.end(() => life.isComplete && life.isAtEnd);
    check(life);
  } finally {
    await life.app.stop();
  }
}

/** Those that always fail; and one that fails once may do so just when its message is refused too. */
export const mayFail = (id: number) => id % 29 === 7 || id % 11 === 5;

/** Everything that was sent came out or was set aside. */
export function nothingLost({ sent, invoiced, setAside, refusals }: Life): void {
  const seen = new Set([...invoiced, ...setAside]);
  expect(sent.filter((id) => !seen.has(id))).toEqual([]);
  // Refused before it is known whose message it is, then at both of its tries: whoever meets three refusals is set aside with good reason.
  if (refusals < 3) expect([...new Set(setAside)].filter((id) => !mayFail(id))).toEqual([]);
}

/** Everything came out once, or was set aside, in the order of its key. */
export function exactlyOnce(life: Life): void {
  const { sent, invoiced, setAside } = life;
  expect([...invoiced, ...setAside].sort((a, b) => a - b)).toEqual(sent);
  for (let key = 0; key < 5; key++) {
    const ofKey = invoiced.filter((id) => id % 5 === key);
    expect(ofKey).toEqual([...ofKey].sort((a, b) => a - b));
  }
}

/** The same of all that is sent for an order. */
export function allExactlyOnce(life: Life): void {
  exactlyOnce(life);
  expect([...life.noted].sort((a, b) => a - b)).toEqual([...life.invoiced].sort((a, b) => a - b));
}

export const search = (appClass: Invoice, check: (life: Life) => void, numRuns: number, overrides: Overrides = {}) =>
  fc.check(
    fc.asyncProperty(steps, (plan) => live(appClass, plan, check, overrides)),
    { numRuns, endOnFailure: true },
  );

export const hold = (appClass: Invoice, check: (life: Life) => void, numRuns: number, plans: typeof steps, overrides: Overrides = {}) =>
  fc.assert(
    fc.asyncProperty(plans, (plan) => live(appClass, plan, check, overrides)),
    { numRuns, endOnFailure: true, ...withinLimit },
  );
