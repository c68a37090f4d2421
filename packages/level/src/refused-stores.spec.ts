import { existsSync, readdirSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { GroupStore } from '@weir/core/internal/stores';
import { isRefused } from './refusals.js';
import { fullDevice, put, StoreFolder } from './store-folder.fixture.js';

const onLinux = existsSync(fullDevice) ? describe : describe.skip;

onLinux('a store of LevelDB on a full disk', () => {
  let at: StoreFolder;
  beforeEach(async () => {
    at = new StoreFolder();
    await at.write('1');
  });
  afterEach(() => at.remove());

  // It was taken for damaged, and set aside.
  it('is refused at the start, and left as it is', async () => {
    const makeRoom = at.fill();
    await expect(at.read()).rejects.toMatchObject({
      code: 'STORE_FAILED',
      message: expect.stringMatching(/views-0\.v1 cannot be used: .*No space left on device.*Make room on the disk.*stays as it is/),
    });
    expect([readdirSync(at.directory).includes('views-0.v1.broken'), at.warned]).toEqual([false, []]);
    makeRoom();
    expect(await at.read()).toEqual(['1', 5]);
  });

  async function writeUntilRefused(store: GroupStore): Promise<string> {
    const value = Buffer.alloc(1024 * 1024, 'x');
    for (let each = 0; each < 30; each++) {
      try {
        await put(store, value, `k${each}`);
      } catch {
        return `k${each}`;
      }
    }
    throw new Error('it takes everything');
  }

  // It was said to be full for stallTimeout.
  it('says when there is room again and LevelDB writes no more, and has all that was written when it is opened again', async () => {
    let refused = '';
    await at.use(async (store) => {
      await put(store, '2');
      const makeRoom = at.fill();
      refused = await writeUntilRefused(store);
      makeRoom();
      const message = expect.stringMatching(/failed half-way .*No space left on device.*has to be opened again.*Start again/);
      await expect(put(store, '3')).rejects.toMatchObject({ code: 'STORE_FAILED', message });
      expect([store.failure, store.get('counts', 'a')?.toString()]).toEqual([expect.objectContaining({ code: 'STORE_FAILED' }), '2']);
    });
    expect(await at.read()).toEqual(['2', 5]);
    await at.use((store) => expect([store.get('counts', 'k0')?.length, store.get('counts', refused)]).toEqual([1024 * 1024, undefined]));
    await at.write('3');
    expect(await at.read()).toEqual(['3', 5]);
  });
});

describe('what LevelDB and the system say', () => {
  const failure = (message: string, code?: string) =>
    new Error('Database failed to open', { cause: Object.assign(new Error(message), { code }) });

  it.each([
    ['IO error: /d/000024.ldb: No space left on device', 'LEVEL_IO_ERROR'],
    ['IO error: /d/CURRENT: Permission denied', 'LEVEL_IO_ERROR'],
    ['IO error: /d/000005.ldb: Too many open files', 'LEVEL_IO_ERROR'],
    ['IO error: /d/000005.ldb: No file descriptors available', 'LEVEL_IO_ERROR'],
    ['IO error: /d/MANIFEST-000002: Read-only file system', 'LEVEL_IO_ERROR'],
    ["EROFS: read-only file system, mkdir '/d'", 'EROFS'],
    ['IO error: lock /d/LOCK: already held by process', 'LEVEL_LOCKED'],
  ])('is no damage where it is %s', (message, code) => {
    expect(isRefused(failure(message, code))).toBe(true);
  });

  it.each([
    ['IO error: /d/000005.ldb: Invalid argument', 'LEVEL_IO_ERROR'],
    ['IO error: /d/MANIFEST-000023: No such file or directory', 'LEVEL_IO_ERROR'],
    ['IO error: /d/000005.ldb: Input/output error', 'LEVEL_IO_ERROR'],
    ['Corruption: no space left', 'LEVEL_CORRUPTION'],
    ["EEXIST: file already exists, mkdir '/d'", 'EEXIST'],
  ])('is damage where it is %s', (message, code) => {
    expect(isRefused(failure(message, code))).toBe(false);
  });
});
