import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import type { Stores } from '../stores/index.js';
import { openStores } from './stores.js';

const logger = pino({ level: 'silent' });

describe('the stores of a worker', () => {
  let datadir: string;
  const opened: Stores[] = [];
  beforeEach(() => {
    datadir = mkdtempSync(path.join(tmpdir(), 'weir-stores-'));
  });
  afterEach(async () => {
    for (const stores of opened.splice(0)) await stores.close();
    rmSync(datadir, { recursive: true, force: true });
  });
  const open = async (names: { member?: string; own?: string } = {}) => {
    const stores = await openStores({ store: 'level://', datadir, group: 'shop', member: names.member, own: names.own, logger });
    if (stores !== undefined) opened.push(stores);
    return stores;
  };
  const folders = () => readdirSync(path.join(datadir, 'stores', 'shop')).sort();

  it('are none where tables are in memory', async () => {
    expect(await openStores({ store: 'memory://', datadir, group: 'shop', member: undefined, own: undefined, logger })).toBeUndefined();
    expect(readdirSync(datadir)).toEqual([]);
  });

  it('are those that a function opens, in a folder under datadir', async () => {
    const directories: string[] = [];
    const stores = {} as Stores;
    const store = async ({ directory }: { directory: string }) => {
      directories.push(directory);
      return stores;
    };
    expect(await openStores({ store, datadir, group: 'shop', member: 'a b', own: undefined, logger })).toBe(stores);
    expect(directories[0]).toMatch(/stores\/shop\/member-[0-9a-f]{32}$/);
  });

  it('lie in a folder of the worker’s name, which no other worker of that name gets meanwhile', async () => {
    await open({ member: 'one' });
    await open({ member: 'two' });
    await expect(open({ member: 'one' })).rejects.toMatchObject({ code: 'STORE_LOCKED' });
    expect(folders()).toEqual(['member-one', 'member-two']);
  });

  it('lie in the first folder that no other worker has, without a name', async () => {
    const first = await open();
    await open();
    await first?.close();
    await open();
    expect(folders()).toEqual(['1', '2']);
  });

  it('are those of the worker whose own name it has, where that was killed', async () => {
    const one = await open({ own: 'one' });
    const two = await open({ own: 'two' });
    const batch = (await two?.open('views-0'))?.batch();
    batch?.put('counts', 'a', '1');
    await batch?.write(new Map());
    await one?.close();
    await two?.close();
    const store = await (await open({ own: 'two' }))?.open('views-0');
    expect(store?.get('counts', 'a')?.toString()).toBe('1');
    expect(folders()).toEqual(['1', '2']);
  });
});
