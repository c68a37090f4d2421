import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type ChangelogWriter, UncommittedChanges } from '../../checkpoints/index.js';
import { codecNamed } from '../../codecs/index.js';
import type { Batch } from '../../transport/index.js';
import { Shard } from '../shard.js';
import { JoinBuffer } from './join-buffer.js';
import { JoinFormat } from './join-format.js';
import type { Side, Waiting } from './waiters.js';

const runs = Math.ceil(Number(process.env.PROPERTY_RUNS ?? 300) / 2);
const keys = ['a', 'b', 'c'];

type Results = 'none' | 'left' | 'both';

/** An event as the model knows it. */
interface Known {
  readonly side: Side;
  readonly key: string;
  readonly time: number;
  readonly offset: number;
  readonly isMatched: boolean;
  readonly isGone: boolean;
}

type Step =
  | { readonly does: 'arrive'; readonly side: Side; readonly key: number; readonly ahead: number; readonly size: number }
  | { readonly does: 'pair'; readonly side: Side; readonly key: number; readonly ahead: number }
  | { readonly does: 'move'; readonly by: number; readonly handled: number; readonly clears: boolean }
  | { readonly does: 'prepare' | 'commit' | 'drop' | 'crash' | 'clear' };

const side = fc.constantFrom<Side>('left', 'right');
const key = fc.nat(keys.length - 1);
const ahead = fc.nat(9_000);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ does: fc.constant('arrive' as const), side, key, ahead, size: fc.constantFrom(3, 20_000) }) },
  { weight: 3, arbitrary: fc.record({ does: fc.constant('pair' as const), side, key, ahead }) },
  { weight: 3, arbitrary: fc.record({ does: fc.constant('move' as const), by: fc.nat(8_000), handled: fc.nat(3), clears: fc.boolean() }) },
  { weight: 6, arbitrary: fc.record({ does: fc.constantFrom('prepare' as const, 'commit' as const, 'commit' as const) }) },
  { weight: 4, arbitrary: fc.record({ does: fc.constantFrom('drop' as const, 'drop' as const, 'crash' as const, 'clear' as const) }) },
);

const textOf = (offset: number, size: number) => `${offset} `.padEnd(size, '.');

/** The model as of a checkpoint. */
interface Noted {
  readonly model: Map<number, Known>;
  readonly limit: number;
}

/** A buffer with its shard and changelog, beside a model of what it must have. */
class Run {
  readonly #format = new JoinFormat('both', codecNamed('string'));
  /** What the changelog has; with exactly once what is committed of it. */
  #log = new Map<string, Buffer>();
  readonly #staged: [string, Buffer | null][] = [];
  readonly #values = new Map<number, string>();
  #uncommitted!: UncommittedChanges;
  #shard!: Shard;
  #buffer!: JoinBuffer;
  #model = new Map<number, Known>();
  #closed: Noted | undefined;
  #committed: Noted = { model: new Map<number, Known>(), limit: 0 };
  /** Results that were taken and are not handled. */
  #inHand: Waiting[] = [];
  #limit = 0;
  #offset = 0;

  constructor(
    private readonly results: Results,
    private readonly isExact: boolean,
    private waits: Readonly<Record<Side, number>>,
  ) {}

  async open(): Promise<void> {
    this.#uncommitted = new UncommittedChanges({ hurry: () => undefined, eased: () => undefined });
    this.#shard = new Shard({ topic: 'both-changelog', partition: 0 }, this.#format.format, this.#uncommitted);
    const entries = [...this.#log].map(([key, value]) => [Buffer.from(key, 'latin1'), value] as const);
    const batch = { length: entries.length, key: (at: number) => entries[at][0], value: (at: number) => entries[at][1] };
    this.#shard.restore(batch as unknown as Batch);
    const isResult = (side: Side) => this.results === 'both' || (this.results === 'left' && side === 'left');
    this.#buffer = new JoinBuffer({ shard: this.#shard, format: this.#format, waits: this.waits, isResult });
    await this.#buffer.recover();
  }

  #overAt({ side, time }: Pick<Known, 'side' | 'time'>): number {
    return time + this.waits[side];
  }

  #isResult(side: Side): boolean {
    return this.results === 'both' || (this.results === 'left' && side === 'left');
  }

  async does(step: Step): Promise<void> {
    if (step.does === 'arrive') this.#arrive(step, false);
    else if (step.does === 'pair') this.#pair(step);
    else if (step.does === 'move') this.#move(step);
    else if (step.does === 'clear') this.#buffer.clear(10);
    else if (step.does === 'prepare') this.#prepare();
    else if (step.does === 'commit') await this.commit();
    else if (step.does === 'drop') await this.#drop();
    else await this.#crash();
    this.check();
  }

  #arrive({ side, key, ahead, size = 3 }: Omit<Step & { does: 'arrive' }, 'does' | 'size'> & { size?: number }, isMatched: boolean): void {
    const offset = this.#offset++;
    const time = this.#limit + ahead;
    const waiters = this.#buffer.waitersOf(keys[key]);
    this.#values.set(offset, textOf(offset, size));
    const value = Buffer.from(textOf(offset, size));
    const arrived = { waiters, side, time, topic: 1, offset, value, isMatched };
    this.#buffer.arrive(arrived);
    this.#model.set(offset, { side, key: keys[key], time, offset, isMatched, isGone: false });
    // One that runs again is not there twice.
    if (offset % 2 === 0) this.#buffer.arrive(arrived);
  }

  #pair(step: Step & { does: 'pair' }): void {
    const { waits } = this;
    const time = this.#limit + step.ahead;
    const [from, to] = step.side === 'left' ? [time - waits.right, time + waits.left] : [time - waits.left, time + waits.right];
    const found = this.#buffer.waitersOf(keys[step.key]).between(step.side === 'left' ? 'right' : 'left', from, to);
    for (const each of found) {
      this.#buffer.meet(each);
      this.#change(each.offset, { isMatched: true });
    }
    this.#arrive(step, found.length > 0);
  }

  #change(offset: number, change: Partial<Known>): void {
    this.#model.set(offset, { ...(this.#model.get(offset) as Known), ...change });
  }

  #move({ by, handled, clears }: Step & { does: 'move' }): void {
    this.#limit += by;
    const taken = new Set(this.#inHand.map(({ offset }) => offset));
    const expected = this.#alone().filter(({ offset, ...each }) => this.#overAt(each) < this.#limit && !taken.has(offset));
    const found: Waiting[] = [];
    for (let next = this.#buffer.take(this.#limit - 1); next !== undefined; next = this.#buffer.take(this.#limit - 1)) found.push(next);
    expect(found.map(({ offset }) => offset).sort()).toEqual(expected.map(({ offset }) => offset).sort());
    const times = found.map((each) => this.#overAt(each));
    expect(times).toEqual([...times].sort((one, other) => one - other));
    this.#inHand.push(...found);
    for (const each of this.#inHand.splice(0, handled)) this.#handle(each);
    this.#buffer.drop(this.#limit - 1);
    if (clears) this.#buffer.clear(Number.POSITIVE_INFINITY);
  }

  #handle(each: Waiting): void {
    this.#buffer.leave(each);
    this.#buffer.handled(each);
    this.#change(each.offset, { isGone: true });
  }

  /** Results that are not handled. */
  #alone(): Known[] {
    return [...this.#model.values()].filter(({ side, isMatched, isGone }) => this.#isResult(side) && !isMatched && !isGone);
  }

  #prepare(): void {
    this.#buffer.prepare();
    this.#shard.prepare();
    this.#closed = { model: new Map(this.#model), limit: this.#limit };
  }

  /** @param isCutOff whether tombstones do not arrive: those that were taken back are lost with the process, as those of any table */
  async #write(isCutOff = false): Promise<void> {
    const append = (_: string, key: unknown, value: unknown) =>
      void this.#staged.push([(key as Buffer).toString('latin1'), value === null ? null : Buffer.from(value as Buffer)]);
    await this.#shard.write({ append, handOver: () => undefined, isFull: false } as unknown as ChangelogWriter);
    if (!this.isExact) this.#flush(isCutOff);
  }

  #flush(isCutOff = false): void {
    for (const [key, value] of this.#staged.splice(0)) {
      if (value === null && isCutOff) continue;
      if (value === null) this.#log.delete(key);
      else this.#log.set(key, value);
    }
  }

  async commit(): Promise<void> {
    if (this.#closed === undefined) this.#prepare();
    await this.#write();
    this.#flush();
    await this.#shard.committed();
    this.#buffer.committed();
    this.#committed = this.#closed as Noted;
    this.#closed = undefined;
  }

  async #drop(): Promise<void> {
    if (this.#closed !== undefined) await this.#write(true);
    this.#staged.length = 0;
    this.#closed = undefined;
    this.#shard.dropped();
    this.#buffer.dropped();
    this.#rewind();
    expect(this.#uncommitted.bytes).toBe(0);
  }

  /** With at least once the changelog may be ahead: it is read when nothing is on its way. */
  async #crash(): Promise<void> {
    this.#staged.length = 0;
    this.#closed = undefined;
    if (!this.isExact) await this.commit();
    this.#rewind();
    await this.open();
  }

  #rewind(): void {
    this.#inHand = [];
    this.#model = new Map(this.#committed.model);
    this.#limit = this.#committed.limit;
  }

  /** The buffer has each event that is not over or gone, and none that is gone. */
  check(): void {
    expect([...this.#faults()]).toEqual([]);
  }

  *#faults(): Generator<unknown> {
    const found = keys.flatMap((key) => [...this.#lineOf(key, 'left'), ...this.#lineOf(key, 'right')]);
    const there = new Set(found.map(({ offset }) => offset));
    if (there.size < found.length) yield 'there twice';
    for (const [at, each] of found.entries()) {
      const before = found[at - 1];
      if (before?.waiters === each.waiters && before.side === each.side && before.time > each.time) yield ['out of order', each.offset];
      const known = this.#model.get(each.offset);
      if (known === undefined || known.isGone || known.side !== each.side || known.time !== each.time || known.key !== each.waiters.key)
        yield ['unknown', each.offset];
      if (this.#overAt(each) < this.#limit) continue;
      if (this.#buffer.valueOf(each)?.toString() !== this.#values.get(each.offset)) yield ['value', each.offset];
      if (this.#isResult(each.side) && each.isMatched !== known?.isMatched) yield ['matched', each.offset];
    }
    for (const each of this.#model.values()) {
      const isNeeded = !each.isGone && (this.#overAt(each) >= this.#limit || (this.#isResult(each.side) && !each.isMatched));
      if (isNeeded && !there.has(each.offset)) yield ['missing', each];
    }
  }

  #lineOf(key: string, side: Side): readonly Waiting[] {
    return this.#buffer.waitersOf(key).between(side, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY);
  }

  /** Another release says otherwise for how long events wait. */
  async reopen(waits: Readonly<Record<Side, number>>): Promise<void> {
    this.waits = waits;
    await this.does({ does: 'crash' });
  }

  /** Everything is over and handled. */
  async end(): Promise<void> {
    this.#move({ does: 'move', by: 100_000, handled: Number.POSITIVE_INFINITY, clears: false });
    this.#buffer.drop(this.#limit - 1);
    if (this.#closed !== undefined) await this.commit();
    for (let round = 0; round < 2; round++) {
      await this.commit();
      this.#buffer.clear(Number.POSITIVE_INFINITY);
      this.#buffer.drop(this.#limit - 1);
    }
    await this.commit();
    expect({ log: this.#log.size, keys: this.#shard.size, bytes: this.#uncommitted.bytes, isDirty: this.#buffer.isDirty }).toEqual({
      ...{ log: 0, keys: 0, bytes: 0, isDirty: false },
    });
  }
}

/** What has left and is committed as it was, what comes under its key once that is forgotten, and a rewind. */
const forgottenKey: Step[] = [
  { does: 'arrive', side: 'left', key: 2, ahead: 0, size: 3 },
  { does: 'prepare' },
  { does: 'move', by: 1, handled: 1, clears: false },
  { does: 'commit' },
  { does: 'arrive', side: 'left', key: 2, ahead: 0, size: 3 },
  { does: 'move', by: 1, handled: 1, clears: false },
  { does: 'drop' },
];

describe.each<[Results, boolean]>([
  ['none', true],
  ['left', true],
  ['both', true],
  ['none', false],
  ['both', false],
])('the events that wait for a join (alone as results: %s, exactly once: %s)', (results, isExact) => {
  it('are those of a model over checkpoints, rewinds and crashes, and leave nothing behind', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40, size: 'max' }), fc.constantFrom(0, 5_000), async (steps, left) => {
        const run = new Run(results, isExact, { left, right: 12_000 });
        await run.open();
        for (const each of steps) await run.does(each);
        await run.end();
      }),
      { numRuns: runs, examples: [[forgottenKey, 0]] },
    );
  });
});

it('events that wait are there after a release that has them wait longer or shorter, and leave nothing behind', async () => {
  const wait = fc.nat(40_000);
  const waits = fc.record({ left: wait, right: wait });
  const look: Step = { does: 'move', by: 0, handled: 0, clears: false };
  const come = fc.oneof(
    { weight: 3, arbitrary: step.filter(({ does }) => does === 'arrive' || does === 'pair' || does === 'commit') },
    { weight: 1, arbitrary: fc.constant(look) },
  );
  const lives = fc.array(fc.tuple(waits, fc.array(come, { maxLength: 15, size: 'max' })), { minLength: 2, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(lives, async ([[first, before], ...others]) => {
      const run = new Run('both', true, first);
      await run.open();
      for (const each of before) await run.does(each);
      for (const [next, steps] of others) {
        await run.reopen(next);
        for (const each of steps) await run.does(each);
      }
      await run.end();
    }),
    { numRuns: runs },
  );
});
