import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { storeContract } from '../../core/src/stores/store.contract.js';
import { open } from './index.js';

const logger = pino({ level: 'silent' });
let directory = '';

const make = () => {
  directory = mkdtempSync(path.join(tmpdir(), 'weir-level-'));
};
const remove = async () => {
  rmSync(directory, { recursive: true, force: true });
  directory = '';
};

storeContract('level', {
  open: () => {
    if (directory === '') make();
    return open({ directory, logger });
  },
  end: remove,
});

describe('stores of LevelDB', () => {
  beforeEach(make);
  afterEach(remove);

  const note = { position: 5, seenAt: 1_000, size: 1 };
  async function write(value = '1'): Promise<void> {
    const stores = await open({ directory, logger });
    const store = await stores.open('views-0');
    const batch = store.batch();
    batch.put('counts', 'a', value);
    await batch.write(new Map([['counts', note]]));
    await stores.close();
  }
  async function read(): Promise<unknown> {
    const stores = await open({ directory, logger });
    const store = await stores.open('views-0');
    const found = [store.get('counts', 'a')?.toString(), store.notes.get('counts')?.position];
    await stores.close();
    return found;
  }

  it('refuse a folder that another worker has, until that has let go of it', async () => {
    const stores = await open({ directory, logger });
    await expect(open({ directory, logger })).rejects.toMatchObject({ code: 'STORE_LOCKED', message: expect.stringContaining(directory) });
    await stores.close();
    await write();
    expect(await read()).toEqual(['1', 5]);
  });

  it('open nothing any more once they are closed: another worker may have the folder', async () => {
    const stores = await open({ directory, logger });
    await stores.close();
    await expect(stores.open('views-0')).rejects.toMatchObject({ code: 'STORE_FAILED' });
    await write();
  });

  it('are free when the process that had them was killed, with all that it had written', async () => {
    const level = JSON.stringify(new URL('../../../node_modules/classic-level/index.js', import.meta.url).pathname);
    const program = `
      const { ClassicLevel } = require(${level});
      (async () => {
        const lock = new ClassicLevel(${JSON.stringify(path.join(directory, 'lock'))}); await lock.open();
        const db = new ClassicLevel(${JSON.stringify(path.join(directory, 'views-0.v1'))}); await db.open();
        await db.batch([{ type: 'put', key: 'counts\\0a', value: '1' }, { type: 'put', key: '\\0counts', value: ${JSON.stringify(JSON.stringify(note))} }]);
        console.log('written');
        setInterval(() => {}, 1000);
      })();`;
    const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
    await new Promise((resolve) => child.stdout.once('data', resolve));
    await expect(open({ directory, logger })).rejects.toMatchObject({ code: 'STORE_LOCKED' });
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
    expect(await read()).toEqual(['1', 5]);
  });

  it('set a database aside that cannot be opened, and begin anew', async () => {
    await write();
    const folder = path.join(directory, 'views-0.v1');
    const manifest = readdirSync(folder).find((name) => name.startsWith('MANIFEST')) as string;
    truncateSync(path.join(folder, manifest), 3);
    expect(await read()).toEqual([undefined, undefined]);
    expect(readdirSync(directory)).toContain('views-0.v1.broken');
    await write('2');
    expect(await read()).toEqual(['2', 5]);
  });

  it('leave a database of a newer format alone', async () => {
    await write();
    writeFileSync(path.join(directory, 'views-0.v2'), 'newer');
    await write('2');
    expect(readFileSync(path.join(directory, 'views-0.v2'), 'utf8')).toBe('newer');
  });

  it('take a note that cannot be read for none', async () => {
    const { ClassicLevel } = await import('classic-level');
    await write();
    const level = new ClassicLevel(path.join(directory, 'views-0.v1'));
    await level.put('\0counts', '{');
    await level.close();
    expect(await read()).toEqual(['1', undefined]);
  });

  it('say which file stands where a folder is to be', async () => {
    const file = path.join(directory, 'data');
    writeFileSync(file, '');
    await expect(open({ directory: path.join(file, 'stores', 'shop', '1'), logger })).rejects.toMatchObject({
      code: 'STORE_FAILED',
      message: expect.stringContaining(`${file} is a file, and has to be a folder: name another datadir, or take the file away`),
    });
  });
});
