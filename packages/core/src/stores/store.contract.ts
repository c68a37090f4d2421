import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { GroupStore, StoreNote, StoreRange, Stores } from './index.js';

/** What a kind of store is tested with. */
export interface StoreBench {
  /** Opens stores in the place of this test. Called again after `close`: what was written is there then. */
  open(): Promise<Stores>;
  /** Called after each test. */
  end(): Promise<void>;
}

const note = (position: number): StoreNote => ({ position, topicId: 'a1', seenAt: 1_000, size: 2 });

/** What every store must do. */
export function storeContract(name: string, bench: StoreBench): void {
  describe(`the stores of ${name}`, () => {
    let stores: Stores;
    let store: GroupStore;

    beforeEach(async () => {
      stores = await bench.open();
      store = await stores.open('views-0');
    });
    afterEach(async () => {
      await stores.close();
      await bench.end();
    });

    const write = async (entries: Readonly<Record<string, string | undefined>>, table = 'counts', notes = new Map<string, StoreNote>()) => {
      const batch = store.batch();
      for (const [key, value] of Object.entries(entries)) {
        if (value === undefined) batch.delete(table, key);
        else batch.put(table, key, value);
      }
      await batch.write(notes);
    };
    const get = (key: string, table = 'counts') => store.get(table, key)?.toString();
    const range = async (table: string, wanted?: StoreRange) => {
      const found: string[] = [];
      for await (const some of store.entries(table, wanted)) found.push(...some.map(([key, value]) => `${key}=${value}`));
      return found;
    };
    const again = async () => {
      await stores.close();
      stores = await bench.open();
      store = await stores.open('views-0');
    };

    it('give what was written, by table', async () => {
      await write({ a: '1', b: '2' });
      await write({ a: 'x' }, 'count');
      await write({ b: undefined, c: '' });
      expect([get('a'), get('b'), get('c'), get('d')]).toEqual(['1', undefined, '', undefined]);
      expect([get('a', 'count'), get('a', 'nothing')]).toEqual(['x', undefined]);
      expect([await store.count('counts'), await store.count('count'), await store.count('nothing')]).toEqual([2, 1, 0]);
    });

    it('take keys and values as bytes or as text, which is the same', async () => {
      const batch = store.batch();
      batch.put('counts', Buffer.from([0, 0xff, 0x80]), Buffer.from([1, 0, 0xff]));
      batch.put('counts', Buffer.from('é'), 'text');
      batch.put('counts', '', new Uint8Array([7]));
      await batch.write(new Map());
      expect(store.get('counts', new Uint8Array([0, 0xff, 0x80]))).toEqual(Buffer.from([1, 0, 0xff]));
      expect(get('é')).toBe('text');
      expect(store.get('counts', '')).toEqual(Buffer.from([7]));
    });

    it('keep a batch out of sight until it is written', async () => {
      const batch = store.batch();
      batch.put('counts', 'a', '1');
      expect(get('a')).toBeUndefined();
      await batch.write(new Map());
      expect(get('a')).toBe('1');
    });

    it('write notes with their entries, and keep those of other tables', async () => {
      expect([...store.notes]).toEqual([]);
      await write({ a: '1' }, 'counts', new Map([['counts', note(5)]]));
      await write({ a: '1' }, 'last', new Map([['last', note(7)]]));
      await write({ a: '2' }, 'counts', new Map([['counts', note(6)]]));
      expect(Object.fromEntries(store.notes)).toEqual({ counts: note(6), last: note(7) });
    });

    it('have everything when they are opened again', async () => {
      await write({ a: '1', b: '2' }, 'counts', new Map([['counts', note(5)]]));
      await again();
      expect([get('a'), get('b')]).toEqual(['1', '2']);
      expect(Object.fromEntries(store.notes)).toEqual({ counts: note(5) });
    });

    it('give entries in the order of the bytes of their keys, from the first to before the last', async () => {
      await write({ b: '1', 'a/10': '2', 'a/9': '3', 'a/é': '4', 'a/\u{1f600}': '5', 'a/\uffee': '6', a: '7' });
      await write({ a: 'x' }, 'count');
      await write({ a: 'x' }, 'counts2');
      const inA = { from: Buffer.from('a/'), to: Buffer.from('a0') };
      expect(await range('counts', inA)).toEqual(['a/10=2', 'a/9=3', 'a/é=4', 'a/\uffee=6', 'a/\u{1f600}=5']);
      expect(await range('counts', { from: Buffer.from('a/é') })).toEqual(['a/é=4', 'a/\uffee=6', 'a/\u{1f600}=5', 'b=1']);
      expect(await range('counts', { to: Buffer.from('a/10') })).toEqual(['a=7']);
      expect(await range('counts')).toHaveLength(7);
      expect(await range('nothing')).toEqual([]);
    });

    it('give entries as they are when the first are asked for', async () => {
      const many = Object.fromEntries(Array.from({ length: 5_000 }, (_, each) => [`k${String(each).padStart(4, '0')}`, '1']));
      await write(many);
      const iterator = store.entries('counts')[Symbol.asyncIterator]();
      const found = [...((await iterator.next()).value ?? [])];
      await write({ k4999: undefined, k5000: '1', k4998: '2' });
      for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) found.push(...next.value);
      expect(found).toHaveLength(5_000);
      expect(found.every(([, value]) => String(value) === '1')).toBe(true);
    });

    it('forget a table with its note, and no other', async () => {
      await write({ a: '1', b: '2' }, 'counts', new Map([['counts', note(5)]]));
      await write({ a: '1' }, 'count', new Map([['count', note(7)]]));
      await store.clear('counts');
      expect([get('a'), await store.count('counts'), get('a', 'count')]).toEqual([undefined, 0, '1']);
      await again();
      expect(Object.fromEntries(store.notes)).toEqual({ count: note(7) });
    });

    it('keep groups apart', async () => {
      const other = await stores.open('views-1');
      await write({ a: '1' });
      expect(other.get('counts', 'a')).toBeUndefined();
    });

    it('know which groups they have', async () => {
      await stores.open('views-10');
      const other = await stores.open('orders-0');
      other.discard();
      await other.close();
      expect([...(await stores.names())].sort()).toEqual(['views-0', 'views-10']);
      await again();
      expect([...(await stores.names())].sort()).toEqual(['views-0', 'views-10']);
    });

    it('open a group again when it is closed', async () => {
      await write({ a: '1' });
      let isOpen = false;
      const opening = stores.open('views-0').then((opened) => {
        isOpen = true;
        return opened;
      });
      await new Promise(setImmediate);
      expect(isOpen).toBe(false);
      await store.close();
      store = await opening;
      expect(get('a')).toBe('1');
    });

    it('are empty where they were discarded', async () => {
      await write({ a: '1' }, 'counts', new Map([['counts', note(5)]]));
      store.discard();
      await store.close();
      store = await stores.open('views-0');
      expect([get('a'), [...store.notes]]).toEqual([undefined, []]);
    });

    it('close what is open, and do so twice', async () => {
      await write({ a: '1' });
      await stores.close();
      await stores.close();
      await store.close();
    });
  });
}
