import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { causeOf } from '@weir/core';
import { Program } from '../e2e/program.js';
import { committed, createTopic, readAll, unique, write } from './plain.js';

let datadir: string;

beforeEach(() => {
  datadir = mkdtempSync(path.join(tmpdir(), 'weir-'));
});

afterEach(() => {
  Program.killAll();
  rmSync(datadir, { recursive: true, force: true });
});

describe('an input that ends the process', () => {
  it.each(['exit', 'kill', 'later', 'reject', 'spin'])(
    'is set aside by the worker that comes after the third crash: %s',
    async (input) => {
      const id = unique('fragile');
      await createTopic(id, 1);
      const inputs = ['before', input, 'after'];
      await write(
        id,
        inputs.map((value) => ({ key: value, value })),
      );
      const start = () => Program.file('tests/kafka/crashing-app.ts', id, id, datadir);
      for (let crash = 0; crash < 3; crash++) {
        const { code, signal } = await start().ended;
        expect(code === 0 || signal === 'SIGTERM').toBe(false);
      }
      const last = start();
      await last.prints('took after');
      await last.logs('INPUT_CRASHES');
      expect(await last.interrupt('SIGTERM')).toEqual({ code: 0, signal: null });

      const letters = await readAll(`${id}-dead-letters`);
      expect(letters.map(({ value }) => String(value))).toEqual([input]);
      expect(causeOf(letters[0].headers.map(([name, value]) => [name, Buffer.from(value)]))).toMatchObject({
        ...{ topic: id, offset: 1, agent: 'Fragile.take', attempts: 3, error: { code: 'INPUT_CRASHES' } },
      });
      expect(await committed(id, id, 1)).toEqual([inputs.length]);
      expect(readdirSync(path.join(datadir, 'crashes')).filter((name) => name.startsWith('run-'))).toEqual([]);
    },
    120_000,
  );

  it('is named while it keeps the thread for ever, until the process is ended', async () => {
    const id = unique('spinning');
    await createTopic(id, 1);
    await write(id, [{ key: 'spin', value: 'spin' }]);
    const worker = Program.file('tests/kafka/crashing-app.ts', id, id, datadir);
    const blocked = (seconds: number, what: string) =>
      `the thread has been blocked for ${seconds} s: ${what}. The last event that began was that of Fragile.take on ${id}[0]@0`;
    await worker.logs(blocked(5, 'no handler, timer or poll can run, nor does it hear a signal'));
    expect(await worker.ended).toEqual({ code: null, signal: 'SIGKILL' });
    expect(worker.err).toContain(blocked(6, 'the process is ended. A handler must give the thread back'));
  }, 60_000);
});
