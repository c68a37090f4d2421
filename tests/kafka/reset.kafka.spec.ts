import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { Program } from '../e2e/program.js';
import { createTopic, PlainReader, readAll, unique, write } from './plain.js';

const app = 'tests/kafka/reset-app.ts';
let datadir: string;
let id: string;

beforeEach(() => {
  datadir = mkdtempSync(path.join(tmpdir(), 'weir-reset-'));
  id = unique('reset');
});
afterEach(async () => {
  Program.killAll();
  await PlainReader.closeAll();
  rmSync(datadir, { recursive: true, force: true });
});

const reset = (...args: string[]) => Program.file(app, id, 'reset', '-D', datadir, ...args);

/** How often `/` was counted, as the changelog has it. */
async function counted(): Promise<number> {
  const last = (await readAll(`${id}-counts-changelog`)).findLast(({ key }) => String(key) === '/');
  return Number(last?.value?.readBigInt64BE() ?? 0);
}

async function count(until: number): Promise<void> {
  const worker = Program.file(app, id, 'worker', '-D', datadir, '-l', 'info');
  await worker.logs('ready');
  while ((await counted()) < until) await new Promise((resolve) => setTimeout(resolve, 100));
  const refused = reset('--yes');
  expect([(await refused.ended).code, refused.err]).toEqual([1, expect.stringMatching(/has members: stop all workers/)]);
  await worker.interrupt();
}

it('has an app count everything anew on Apache Kafka, once its workers have stopped; and deletes what an earlier version has left', async () => {
  await createTopic(`${id}-visits`, 2);
  await write(
    `${id}-visits`,
    Array.from({ length: 30 }, () => ({ key: 'visitor', value: '/' })),
  );
  await count(30);
  const stores = path.join(datadir, 'stores', id);
  expect(existsSync(stores)).toBe(true);
  const done = reset('--yes', '--json');
  expect((await done.ended).code).toBe(0);
  expect(JSON.parse(done.out)).toEqual({
    ...{ group: id, state: 'empty', folders: [stores], deleted: true },
    topics: [`${id}-by-url-repartition`, `${id}-counts-changelog`],
  });
  expect(existsSync(stores)).toBe(false);
  const again = reset('--dry-run', '--json');
  expect((await again.ended).code).toBe(0);
  expect(JSON.parse(again.out)).toEqual({ group: id, state: 'none', folders: [], topics: [], deleted: false });
  await count(30);
  expect(await counted()).toBe(30);
  // Version 2 of the app has taken over.
  const cleaned = Program.file(app, id, 'clean-versions', '-D', datadir, '--app-version', '2', '--yes', '--json');
  expect((await cleaned.ended).code).toBe(0);
  expect(JSON.parse(cleaned.out)).toMatchObject({
    group: id,
    folders: [stores],
    topics: [`${id}-by-url-repartition`, `${id}-counts-changelog`],
    deleted: true,
  });
  const left = reset('--dry-run', '--json');
  expect((await left.ended).code).toBe(0);
  expect(JSON.parse(left.out)).toMatchObject({ state: 'none', folders: [], topics: [] });
}, 120_000);
