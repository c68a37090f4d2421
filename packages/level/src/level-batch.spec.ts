import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { keyOf } from './keys.js';
import { type Level, openLevel } from './level.js';
import { LevelBatch } from './level-batch.js';

describe('a batch of LevelDB', () => {
  let folder: string;
  let level: Level;
  let free: number;
  let error: unknown;
  let ended: unknown;

  beforeEach(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'weir-batch-'));
    level = await openLevel(folder);
    free = 1e9;
    error = undefined;
    ended = undefined;
  });
  afterEach(async () => {
    await level.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function write(value: string): Promise<void> {
    const batch = new LevelBatch({
      ...{ level, folder, broken: () => error, written: () => undefined },
      freeBytes: async () => free,
      failed: (thrown) => {
        error = thrown;
      },
      ended: (failure) => {
        ended = failure;
      },
    });
    batch.put('counts', 'a', value);
    await batch.write(new Map());
  }
  const found = () => level.getSync(keyOf('counts', 'a'))?.toString();

  it('is refused before anything is written where the disk has little room, and may be tried again', async () => {
    free = 1_000_000;
    await expect(write('1')).rejects.toMatchObject({ code: 'STORE_FAILED', message: expect.stringMatching(/no space left/) });
    expect([found(), error]).toEqual([undefined, undefined]);
    free = 1e9;
    await write('2');
    expect(found()).toBe('2');
  });

  it('needs room for twice what is in it beside 16 MiB', async () => {
    free = 16 * 1024 * 1024 + 2 * 1_000;
    await write('x'.repeat(999));
    await expect(write('x'.repeat(1_000))).rejects.toMatchObject({ message: expect.stringContaining(`${free + 2} are needed`) });
  });

  // Such a store was said to be full for as long as stallTimeout, whatever room there was.
  it('is refused for good once one has failed half-way and there is room: what is written behind it could not be read again', async () => {
    error = new Error('EIO');
    free = 1_000_000;
    await expect(write('1')).rejects.toMatchObject({ code: 'STORE_FAILED', message: expect.stringMatching(/no space left/) });
    expect(ended).toBeUndefined();
    free = 1e9;
    await expect(write('1')).rejects.toMatchObject({ code: 'STORE_FAILED', message: expect.stringMatching(/EIO.*opened again/) });
    expect([found(), ended]).toEqual([undefined, expect.objectContaining({ code: 'STORE_FAILED' })]);
  });
});
