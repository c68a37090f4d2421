import { beforeEach, describe, expect, it } from '@jest/globals';
import { type ChangelogWriter, UncommittedChanges } from '../checkpoints/index.js';
import { codecNamed } from '../codecs/index.js';
import { VirtualClock } from '../time/index.js';
import type { Payload } from '../transport/index.js';
import { Expiry } from './expiry/expiry.js';
import { GroupTime } from './expiry/group-time.js';
import { MemoryIndex } from './expiry/memory-index.js';
import { Shard } from './shard.js';
import { TableFormat } from './table-format.js';

let entries: [Payload, Payload][];
const changelog: ChangelogWriter = {
  append: (_topic, key, value) => void entries.push([key, value]),
  send: async ({ topic, key, value, partition = 0 }) => ({ topic, partition, offset: entries.push([key, value]) - 1 }),
  handOver: () => undefined,
  isFull: false,
  drained: () => Promise.resolve(),
};

let uncommitted: UncommittedChanges;

function shardOf(value = 'json', expiry?: Expiry): Shard {
  uncommitted = new UncommittedChanges({ hurry: () => undefined, eased: () => undefined });
  const format = new TableFormat('counts', codecNamed('string'), codecNamed(value));
  return new Shard({ topic: 'app-counts-changelog', partition: 3 }, format, uncommitted, { expiry });
}

const written = () => entries.map(([key, value]) => `${key}=${value === null ? '' : String(value)}`);

describe('a shard', () => {
  let shard: Shard;
  const set = (key: string, value: unknown) => {
    const cell = shard.cell(key);
    shard.change(cell, value === undefined ? undefined : shard.keep(cell, value));
  };
  const get = (key: string) => {
    const cell = shard.find(key);
    return cell === undefined ? undefined : shard.valueOf(cell);
  };
  async function write(): Promise<void> {
    entries = [];
    await shard.write(changelog);
  }
  async function checkpoint(): Promise<void> {
    shard.prepare();
    await write();
    await shard.committed();
  }

  beforeEach(() => {
    entries = [];
    shard = shardOf();
  });

  it('writes one entry for each key that has changed, with its newest value', async () => {
    set('a', 1);
    set('b', 2);
    set('a', 3);
    await checkpoint();
    expect(written()).toEqual(['a=3', 'b=2']);
    expect([shard.size, shard.isDirty]).toEqual([2, false]);
    await checkpoint();
    expect(written()).toEqual([]);
  });

  it('writes of the closed generation what it had when it was closed, whatever is changed meanwhile', async () => {
    set('a', 1);
    shard.prepare();
    set('a', 2);
    set('b', 2);
    await write();
    expect(written()).toEqual(['a=1']);
    await shard.committed();
    expect([get('a'), get('b')]).toEqual([2, 2]);
    await checkpoint();
    expect(written()).toEqual(['a=2', 'b=2']);
  });

  it('drops both generations when its group is rewound', async () => {
    set('a', 1);
    await checkpoint();
    set('a', 2);
    set('b', 2);
    shard.prepare();
    set('a', 3);
    set('c', 3);
    shard.dropped();
    expect([get('a'), get('b'), get('c')]).toEqual([1, undefined, undefined]);
    expect(shard.isDirty).toBe(false);
    await checkpoint();
    expect(written()).toEqual([]);
  });

  it('takes a generation that was neither committed nor dropped into the next one', async () => {
    set('a', 1);
    set('b', 1);
    shard.prepare();
    set('a', 2);
    await checkpoint();
    expect(written().sort()).toEqual(['a=2', 'b=1']);
    shard.dropped();
    expect([get('a'), get('b')]).toEqual([2, 1]);
  });

  it('writes a tombstone for a key that was taken out', async () => {
    set('a', 1);
    await checkpoint();
    set('a', undefined);
    await checkpoint();
    expect(written()).toEqual(['a=']);
    expect([shard.size, get('a')]).toEqual([0, undefined]);
  });

  it('writes nothing of a key that came and went since the last checkpoint', async () => {
    set('a', 1);
    set('a', undefined);
    await checkpoint();
    expect([written(), shard.size, get('a'), [...shard.cells()]]).toEqual([[], 0, undefined, []]);
    expect(uncommitted.bytes).toBe(0);
  });

  it('writes a tombstone for one that a failed checkpoint may have written', async () => {
    set('a', 1);
    shard.prepare();
    await write();
    set('a', undefined);
    await checkpoint();
    expect(written()).toEqual(['a=']);
  });

  it('forgets a key that is not there and was asked for, unless an attempt still holds it', () => {
    const asked = shard.cell('a');
    const held = shard.cell('b');
    held.pins++;
    shard.prepare();
    expect([shard.find('a'), shard.find('b')]).toEqual([undefined, held]);
    held.pins--;
    shard.prepare();
    expect(shard.find('b')).toBeUndefined();
    expect(asked.value).toBeUndefined();
  });

  it('gives out values that nobody can change', async () => {
    set('a', { n: 1, in: { list: [1] } });
    expect(() => {
      (get('a') as { n: number }).n = 2;
    }).toThrow(TypeError);
    expect(() => (get('a') as { in: { list: number[] } }).in.list.push(2)).toThrow(TypeError);
  });

  it('gives copies of what cannot be frozen', () => {
    shard = shardOf('raw');
    const given = Buffer.from('abc');
    set('a', given);
    given[0] = 0;
    (get('a') as Buffer)[0] = 1;
    expect(String(get('a'))).toBe('abc');
  });

  // What was set was seen until the next restart, and then what its codec makes of it.
  it('keeps of a value what would be read back after a restart', () => {
    class Money {
      #cents = 5;
      add(cents: number): void {
        this.#cents += cents;
      }
      toJSON(): object {
        return { cents: this.#cents };
      }
    }
    set('money', new Money());
    set('day', { at: new Date(0) });
    expect([get('money'), get('day')]).toEqual([{ cents: 5 }, { at: '1970-01-01T00:00:00.000Z' }]);
  });

  it('refuses half of a character, as a value and as a key', () => {
    shard = shardOf('string');
    expect(() => set('a', '\ud800')).toThrow(expect.objectContaining({ code: 'VALUE_UNWRITABLE' }));
    expect(() => shard.format.cellKey('\ud800')).toThrow(/lone surrogate/);
  });

  it('refuses a value that holds itself', () => {
    const circle: Record<string, unknown> = {};
    circle.self = circle;
    expect(() => set('a', circle)).toThrow(expect.objectContaining({ code: 'VALUE_UNWRITABLE' }));
  });

  // The checkpoint failed again and again, and no event was to blame.
  it('refuses the next value of a key at once that could not be written', async () => {
    set('a', 2n);
    set('b', 1);
    shard.prepare();
    await expect(write()).rejects.toMatchObject({ code: 'VALUE_UNWRITABLE', message: expect.stringContaining('"a"') });
    shard.dropped();
    expect(() => set('a', 2n)).toThrow(expect.objectContaining({ code: 'VALUE_UNWRITABLE' }));
    expect(() => set('b', 2n)).not.toThrow();
    expect(() => set('a', 3)).not.toThrow();
  });

  it('names the size of a value that is larger than a changelog takes', async () => {
    set('a', 'x'.repeat(1_100_000));
    shard.prepare();
    await expect(write()).rejects.toMatchObject({ code: 'VALUE_UNWRITABLE', message: expect.stringContaining('1100003 bytes') });
  });

  it('gives the thread back while it writes many entries', async () => {
    for (let each = 0; each < 50_000; each++) set(`k${each}`, { each, text: 'x'.repeat(50) });
    shard.prepare();
    let turns = 0;
    let isDone = false;
    const count = () => {
      turns++;
      if (!isDone) setImmediate(count);
    };
    setImmediate(count);
    await write();
    isDone = true;
    expect(turns).toBeGreaterThan(2);
    expect(entries).toHaveLength(50_000);
  });

  it('counts the bytes of what is not committed: of each generation the last of a key, and nothing once it is committed or dropped', async () => {
    set('a', 'x'.repeat(99));
    set('a', 'x'.repeat(199));
    expect(uncommitted.bytes).toBe(200);
    shard.prepare();
    set('a', 'x'.repeat(99));
    expect(uncommitted.bytes).toBe(300);
    // The commit was refused: what was closed is part of the next checkpoint.
    shard.prepare();
    expect(uncommitted.bytes).toBe(100);
    await write();
    await shard.committed();
    expect(uncommitted.bytes).toBe(0);
    set('b', { text: 'x' });
    shard.prepare();
    set('b', undefined);
    shard.dropped();
    expect(uncommitted.bytes).toBe(0);
    set('c', 1);
    shard.close();
    expect(uncommitted.bytes).toBe(0);
  });

  it('takes out anew what has expired when a rewind has brought it back', async () => {
    const time = new GroupTime(new VirtualClock('2020-01-01'));
    shard = shardOf('json', new Expiry({ ttlMs: 1_000, agesBy: 'event' }, time, new MemoryIndex(1_000)));
    shard.change(shard.cell('a'), 1, 2_000);
    await checkpoint();
    time.finished(10_000);
    await shard.expire();
    shard.dropped();
    expect(shard.size).toBe(1);
    await shard.expire();
    await checkpoint();
    expect([written(), shard.size]).toEqual([['a='], 0]);
  });
});
