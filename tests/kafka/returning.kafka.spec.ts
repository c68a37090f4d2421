import { once } from 'node:events';
import { existsSync, watch } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Program } from '../e2e/program.js';
import { brokers, createTopic, unique, write } from './plain.js';

const inputs = ['0', '1', '2', '3'];
let datadir = '';
let id = '';

beforeEach(async () => {
  datadir = await mkdtemp(join(tmpdir(), 'weir-returning-'));
  id = unique('returning');
  await createTopic(`${id}-inputs`, inputs.length);
  await write(
    `${id}-inputs`,
    inputs.map((value, partition) => ({ value, partition })),
  );
});

afterEach(async () => {
  Program.killAll();
  await rm(datadir, { recursive: true, force: true });
});

function start(way: 'hold' | 'free' | 'more', member?: string): Program {
  const name = member === undefined ? [] : ['--member', member];
  return Program.file(
    'tests/kafka/named-app.ts',
    id,
    way,
    'worker',
    '-b',
    `kafka://${brokers}`,
    '--datadir',
    datadir,
    '-l',
    'debug',
    ...name,
  );
}

/** How many partitions each worker has by its notes. */
async function noted(): Promise<number[]> {
  const folder = join(datadir, 'members');
  const files = (await readdir(folder)).filter((file) => file.endsWith('.json'));
  const notes = await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')));
  return notes.map((note) => (JSON.parse(note) as { readonly partitions: readonly object[] }).partitions.length);
}

async function stop(...programs: readonly Program[]): Promise<void> {
  for (const program of programs) expect(await program.interrupt('SIGTERM')).toEqual({ code: 0, signal: null });
}

describe('a worker with a name', () => {
  it.each(['SIGKILL', 'SIGTERM'] as const)(
    'leaves no partition to nobody when it ends between the two joins of a rebalance and is back (%s)',
    async (signal) => {
      const ending = start('hold', 'one');
      await ending.prints(...inputs.map((input) => `has ${input}.`));
      const other = start('free', 'two');
      // It is asked for two of its partitions, and still has something of theirs in hand.
      await ending.logs('handing over');
      await ending.interrupt(signal);
      const back = start('free', 'one');
      const areAllTaken = () => inputs.every((input) => `${back.out}${other.out}`.includes(`took ${input}.`));
      while (!areAllTaken()) await Promise.race([back.more(), other.more()]);
      await stop(back, other);
    },
    60_000,
  );

  it('notes what it has, and no longer what it gave up once another has it', async () => {
    const one = start('free', 'one');
    await one.prints(...inputs.map((input) => `took ${input}.`));
    expect(await noted()).toEqual([4]);
    const other = start('free', 'two');
    await one.logs('handed over');
    // Each note is touched every second.
    const watcher = watch(join(datadir, 'members'));
    while ((await noted()).join() !== '2,2') await once(watcher, 'change');
    watcher.close();
    await stop(one, other);
  }, 60_000);

  it('reads a topic that it had not read before when it is back', async () => {
    const before = start('free', 'one');
    await before.prints(...inputs.map((input) => `took ${input}.`));
    await stop(before);
    await createTopic(`${id}-others`, 1);
    await write(`${id}-others`, [{ value: 'other' }]);
    const back = start('more', 'one');
    await back.prints('took other.');
    await stop(back);
  }, 60_000);
});

describe('a worker that was given no name', () => {
  it('has its partitions back long before its session would have ended, when it was killed', async () => {
    const killed = start('hold');
    await killed.prints(...inputs.map((input) => `has ${input}.`));
    await killed.interrupt('SIGKILL');
    const began = Date.now();
    const back = start('free');
    await back.prints(...inputs.map((input) => `took ${input}.`));
    // 45 s, unless something else is said.
    expect(Date.now() - began).toBeLessThan(20_000);
    await stop(back);
  }, 60_000);

  it('leaves its group and its name when it stops in order: the next one starts at once', async () => {
    for (const input of inputs) {
      const program = start('free');
      await write(`${id}-inputs`, [{ value: `more ${input}` }]);
      await program.prints(`took more ${input}.`);
      await stop(program);
      expect(existsSync(datadir)).toBe(false);
    }
  }, 60_000);
});
