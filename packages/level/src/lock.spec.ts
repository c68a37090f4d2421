import { mkdirSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { StoreFolder } from './store-folder.fixture.js';

describe('the lock of a folder with stores', () => {
  let at: StoreFolder;
  beforeEach(async () => {
    at = new StoreFolder();
    await at.write('1');
  });
  afterEach(() => at.remove());

  const inLock = (name: string) => path.join(at.lock, name);
  const cases: readonly (readonly [string, () => void])[] = [
    ['is a file', () => [rmSync(at.lock, { recursive: true }), writeFileSync(at.lock, 'x')]],
    ['has junk in CURRENT', () => writeFileSync(inLock('CURRENT'), 'junk\n')],
    ['has an empty CURRENT', () => truncateSync(inLock('CURRENT'), 0)],
    ['has no manifest', () => rmSync(inLock(readdirSync(at.lock).find((name) => name.startsWith('MANIFEST')) as string))],
    ['has a folder in the place of the file that is locked', () => [rmSync(inLock('LOCK')), mkdirSync(inLock('LOCK'))]],
  ];

  // Every start ended with STORE_FAILED.
  it.each(cases)('is made anew where it is damaged: it %s', async (_, damage) => {
    damage();
    expect(await at.read()).toEqual(['1', 5]);
    expect(await at.read()).toEqual(['1', 5]);
  });

  it('keeps another worker out that has found the same, once it is made anew', async () => {
    writeFileSync(inLock('CURRENT'), 'junk\n');
    const stores = await at.open();
    writeFileSync(inLock('CURRENT'), 'junk\n');
    await expect(at.open()).rejects.toMatchObject({ code: 'STORE_LOCKED' });
    await stores.close();
    expect(await at.read()).toEqual(['1', 5]);
  });
});
