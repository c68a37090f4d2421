import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import pino from 'pino';
import { type Attempt, Overtaken } from '../../attempts/index.js';
import { as, attemptOf, laneOf } from '../../attempts/recording-producer.fixture.js';
import { UncommittedChanges } from '../../checkpoints/index.js';
import { codecNamed } from '../../codecs/index.js';
import type { JoinType } from '../../definitions/index.js';
import { Observers } from '../../observers/index.js';
import { Recovery } from '../../recovery/index.js';
import { MemoryStores } from '../../stores/index.js';
import type { BatchEvent, Derived, DerivedBatch, KeptEvent } from '../../streams/index.js';
import { VirtualClock } from '../../time/index.js';
import { MemoryBroker, type Producer } from '../../transport/index.js';
import { GroupTables } from '../group-tables.js';
import type { Shard } from '../shard.js';
import { CellCache } from '../stored/cell-cache.js';
import { JoinFormat } from './join-format.js';
import { StreamJoin } from './stream-join.js';
import type { Side } from './waiters.js';

const changelog = 'both-changelog';
const second = 1_000;
const logger = pino({ level: 'silent' });

let clock: VirtualClock;
let broker: MemoryBroker;
let producer: Producer;
let recovery: Recovery;
let stores: MemoryStores;
let uncommitted: UncommittedChanges;
let group: GroupTables;
let join: StreamJoin;
let shard: Shard;
let offset: number;

beforeEach(async () => {
  clock = new VirtualClock('2020-01-01');
  broker = new MemoryBroker({ clock, partitions: 1 });
  broker.createTopic({ name: changelog });
  producer = await broker.transport().producer();
  recovery = new Recovery({ transport: broker.transport(), clock, logger, observers: new Observers([], logger) });
  stores = new MemoryStores();
  offset = 0;
});
afterEach(async () => {
  await group.close();
  await recovery.close();
});

async function open(type: JoinType = 'inner'): Promise<void> {
  join = new StreamJoin({
    ...{ name: 'both', type, changelog, format: new JoinFormat('both', codecNamed('string')), graceMs: 0 },
    within: { before: 10 * second, after: 10 * second },
    combine: (left, right) => `${left}=${right}`,
    valueCodecs: { left: codecNamed('string'), right: codecNamed('string') },
  });
  const topics = ['left', 'right'];
  join.connect({ topics: [...topics, 'both'], partitions: 1, keyCodec: codecNamed('string'), valueCodec: () => codecNamed('string') });
  uncommitted = new UncommittedChanges({ hurry: () => undefined, eased: () => undefined });
  const fail = (error: Error) => expect(error).toBeUndefined();
  const around = { recovery, clock, logger, observers: new Observers([], logger), uncommitted, stallMs: 0, fail };
  // No cell stays in memory that the store has.
  const storage = { stores, cache: new CellCache(0), name: 'left-0' };
  const recovered = join.recovered.bind(join);
  join.recovered = (given) => {
    shard = given;
    return recovered(given);
  };
  group = new GroupTables(0, [join], around, { storage, disorders: new Map(topics.map((topic) => [topic, 0])) });
  await group.recover(new AbortController().signal);
}

function begun(side: Side): Attempt {
  return attemptOf(join, offset++, { lane: { ...laneOf('Shop.both', 0), topic: side } });
}

/** What an attempt makes of an event. */
function taken(attempt: Attempt, side: Side, key: string, value: string, seconds: number): unknown[] {
  const batch = { value: () => Buffer.from(value) };
  const event = { key, value, time: seconds * second, topic: side, offset: attempt.from, batch, index: 0 };
  return as(attempt, () => join.take(side, event as unknown as BatchEvent)).map((pair) => pair.value);
}

function take(side: Side, key: string, value: string, seconds: number): unknown[] {
  const attempt = begun(side);
  const pairs = taken(attempt, side, key, value, seconds);
  attempt.writes?.apply();
  attempt.writes?.drop();
  return pairs;
}

/** Every event with an earlier time is over. */
function passes(seconds: number): void {
  for (const topic of ['left', 'right']) group.watermark?.begin(topic, { topic: seconds * second, watermark: seconds * second });
  for (const each of group.derived) (each as unknown as { look(): void }).look();
}

/** What is over and had no counterpart. */
function results(): readonly Derived[] {
  return ((group.derived[0].next(100) as DerivedBatch | undefined)?.events ?? []) as readonly Derived[];
}

/** An attempt of such a one succeeds. */
function handle(derived: Derived): void {
  const event = { derived } as unknown as KeptEvent;
  const attempt = begun('left');
  group.derived[0].settle(attempt, event);
  attempt.writes?.apply();
  attempt.writes?.drop();
  group.derived[0].settled(event);
}

async function checkpoint(): Promise<void> {
  group.prepare();
  await group.write(producer);
  producer.handOver();
  await producer.flush();
  await group.committed();
}

const blocks = () => {
  broker.compact(changelog);
  return broker.messages(changelog).filter(({ value }) => value !== null);
};

describe('a join of two streams', () => {
  it('has an event once its attempt has succeeded, and not where that fails', async () => {
    await open();
    const failing = begun('left');
    taken(failing, 'left', 'a', '1', 0);
    failing.writes?.drop();
    expect(take('right', 'a', '2', 1)).toEqual([]);
    expect(take('right', 'a', '2', 1)).toEqual([]);
    const waits = begun('left');
    taken(waits, 'left', 'b', '3', 0);
    expect(take('right', 'c', '4', 1)).toEqual([]);
    waits.writes?.apply();
    expect(take('right', 'b', '5', 1)).toEqual(['3=5']);
  });

  it('lets one of two attempts through that join a key and overlap, also where the events of that have gone meanwhile', async () => {
    await open();
    take('left', 'a', '0', 0);
    const first = begun('left');
    taken(first, 'left', 'a', '1', 30);
    passes(25);
    await checkpoint();
    expect(take('right', 'a', '2', 31)).toEqual([]);
    expect(() => first.writes?.apply()).toThrow(Overtaken);
  });

  it('gives what has no counterpart once: not after the checkpoint that has it handled', async () => {
    await open('outer');
    take('left', 'a', '1', 0.1);
    take('left', 'b', '2', 0.9);
    passes(10.5);
    const [first] = results();
    expect([String(first.key), first.isThere?.(), first.read()]).toEqual(['a', true, '1=undefined']);
    handle(first);
    await checkpoint();
    await group.close();
    await open('outer');
    passes(10.5);
    expect(results()).toEqual([]);
    passes(11);
    expect(results().map(({ key }) => String(key))).toEqual(['b']);
  });

  it('does not give what an attempt joins that had begun before its time was over', async () => {
    await open('outer');
    take('left', 'a', '1', 0);
    const joining = begun('right');
    expect(taken(joining, 'right', 'a', '2', 5)).toEqual(['1=2']);
    passes(25);
    const [alone] = results();
    joining.writes?.apply();
    expect(alone.isThere?.()).toBe(false);
  });

  it('has an attempt run again that joins what was given out alone meanwhile', async () => {
    await open('outer');
    take('left', 'a', '1', 0);
    const joining = begun('right');
    taken(joining, 'right', 'a', '2', 5);
    passes(25);
    handle(results()[0]);
    expect(() => joining.writes?.apply()).toThrow(Overtaken);
  });

  it('reads what waits from its store again, and goes on with it after a restart', async () => {
    await open('outer');
    for (let key = 0; key < 1_000; key++) take('left', `k${key}`, `${key} `.padEnd(100, '.'), key / 1_000);
    await checkpoint();
    expect([[...shard.cells()].length, shard.size > 2]).toEqual([0, true]);
    expect(take('right', 'k7', 'x', 1)).toEqual([`${'7 '.padEnd(100, '.')}=x`]);
    await checkpoint();
    await group.close();
    await open('outer');
    expect(take('right', 'k8', 'y', 1)).toEqual([`${'8 '.padEnd(100, '.')}=y`]);
  });

  it('is back at its size when 10,000 pairs are over, in memory, store and changelog', async () => {
    await open();
    for (let pair = 0; pair < 10_000; pair++) {
      take('left', `k${pair}`, 'left', pair / 100);
      expect(take('right', `k${pair}`, 'right', pair / 100 + 1)).toEqual(['left=right']);
      if (pair % 500 === 0) {
        passes(pair / 100);
        await checkpoint();
      }
    }
    const most = blocks().length;
    expect(most).toBeGreaterThan(5);
    expect(most).toBeLessThan(100);
    passes(200);
    for (let round = 0; round < 2; round++) await checkpoint();
    const stored = [];
    for await (const some of shard.stored?.entries(undefined) ?? []) stored.push(...some);
    expect({
      ...{ keys: shard.size, stored },
      cells: [...shard.cells()].length,
      blocks: blocks(),
      bytes: uncommitted.bytes,
      isDirty: group.isDirty,
    }).toEqual({
      ...{ keys: 0, stored: [], cells: 0, blocks: [], bytes: 0, isDirty: false },
    });
  });

  it('writes nothing of what comes and goes between two checkpoints', async () => {
    await open();
    take('left', 'a', '1', 0);
    take('right', 'a', '2', 1);
    passes(30);
    expect(group.isDirty).toBe(true);
    await checkpoint();
    expect([broker.messages(changelog), uncommitted.bytes, group.isDirty]).toEqual([[], 0, false]);
  });

  it('refuses an event that is larger than a changelog takes, in the attempt of that event', async () => {
    await open();
    const attempt = begun('left');
    expect(() => taken(attempt, 'left', 'a', 'x'.repeat(1_048_576), 0)).toThrow(expect.objectContaining({ code: 'VALUE_UNWRITABLE' }));
  });
});
