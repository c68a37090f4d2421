import { afterEach, beforeEach, expect, it } from '@jest/globals';
import pino from 'pino';
import { UncommittedChanges } from '../checkpoints/index.js';
import { codecNamed } from '../codecs/index.js';
import { Observers } from '../observers/index.js';
import { Recovery } from '../recovery/index.js';
import { MemoryStores } from '../stores/index.js';
import { VirtualClock } from '../time/index.js';
import { MemoryBroker } from '../transport/index.js';
import { timeEntry } from './expiry/time-entry.js';
import { GroupTables, type ShardedTable } from './group-tables.js';
import type { Shard } from './shard.js';
import { CellCache } from './stored/cell-cache.js';
import { TableFormat } from './table-format.js';

const at = { topic: 'counts-changelog', partition: 0 };
const logger = pino({ level: 'silent' });

let clock: VirtualClock;
let broker: MemoryBroker;
let recovery: Recovery;
let storage: { stores: MemoryStores; cache: CellCache; name: string };
let shard: Shard;
let closing: AbortController;

beforeEach(() => {
  clock = new VirtualClock('2020-01-01');
  broker = new MemoryBroker({ clock, partitions: 1 });
  broker.createTopic({ name: at.topic });
  recovery = new Recovery({ transport: broker.transport(), clock, logger, observers: new Observers([], logger) });
  storage = { stores: new MemoryStores(), cache: new CellCache(1e6), name: 'views-0' };
  closing = new AbortController();
});
afterEach(() => recovery.close());

function group(follows?: ShardedTable['follows']): GroupTables {
  const table: ShardedTable = {
    ...{ changelog: at.topic, format: new TableFormat('counts', codecNamed('string'), codecNamed('string'), { ttlMs: 60_000 }), follows },
    open: (_, opened) => {
      shard = opened;
    },
    close: () => undefined,
  };
  const uncommitted = new UncommittedChanges({ hurry: () => undefined, eased: () => undefined });
  const fail = (error: Error) => expect(error).toBeUndefined();
  const observers = new Observers([], logger);
  return new GroupTables(0, [table], { recovery, clock, logger, uncommitted, stallMs: 0, fail, observers }, { storage });
}

const quiet = async () => {
  for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate);
};

// Without it what had expired would be there again until the next event.
it('a group that takes over from a copy has the time that the copy has seen, and all that it had', async () => {
  const producer = await broker.transport().producer();
  const now = clock.now();
  await producer.send({ ...at, key: 'old', value: '1', timestamp: now });
  const copy = group('owner');
  await copy.recover(closing.signal);
  await producer.send({ ...at, key: 'new', value: '2', timestamp: now + 90_000 });
  await producer.send(timeEntry(at, now + 90_000));
  await quiet();
  expect([shard.valueUnder('old'), shard.valueUnder('new')]).toEqual([undefined, '2']);
  closing.abort();
  await copy.close();
  closing = new AbortController();
  const owner = group();
  expect(await owner.recover(closing.signal)).toBe(0);
  expect([owner.time?.now, shard.valueUnder('old'), shard.valueUnder('new')]).toEqual([now + 90_000, undefined, '2']);
  await owner.close();
});
