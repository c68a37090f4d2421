import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { Worker, type WorkerObserver } from '@weir/core';
import { Program } from '../e2e/program.js';
import { committed, createTopic, PlainReader, unique, write } from './plain.js';
import { standbyApp } from './standby-app.js';

const PARTITIONS = 4;
const KEYS = 1_000;

let datadir: string;
let worker: Worker | undefined;
beforeEach(() => {
  datadir = mkdtempSync(path.join(tmpdir(), 'weir-kafka-'));
});
afterEach(async () => {
  Program.killAll();
  await worker?.stop();
  await PlainReader.closeAll();
  rmSync(datadir, { recursive: true, force: true });
});

const keys = Array.from({ length: KEYS }, (_, index) => `/${index}`);
const value = Buffer.alloc(8);

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 100));
}

it('a worker takes the partitions of a killed one over from its copies, and reads of their changelogs the last only', async () => {
  const id = unique('standby');
  const views = `${id}-views`;
  await createTopic(views, PARTITIONS);
  let written = 0;
  const view = async () => {
    written += KEYS;
    await write(
      views,
      keys.map((key) => ({ key, value })),
    );
  };
  const done = () =>
    until(async () => (await committed(id, views, PARTITIONS)).reduce<number>((sum, each) => sum + (each ?? 0), 0) >= written);
  const owner = Program.file('tests/kafka/standby-app.ts', id, views, datadir);
  await owner.logs('"msg":"ready"');
  await view();
  await done();
  const recovered: number[] = [];
  const observers: WorkerObserver[] = [{ recovered: ({ entries }) => void recovered.push(entries) }];
  const app = standbyApp(id, views, datadir);
  const joined = await Worker.start(app, { observers });
  worker = joined;
  const { counts } = joined.get(app);
  const isAll = (each: number) => {
    try {
      return keys.every((key) => counts.get(key, { stale: true }) === each);
    } catch {
      return false;
    }
  };
  // What it was given it has read, what the other has it has copied.
  await until(() => isAll(1));
  await view();
  await done();
  await until(() => isAll(2));
  const before = recovered.length;
  expect(before).toBeLessThan(PARTITIONS);
  await owner.interrupt('SIGKILL');
  await view();
  await done();
  await until(() => isAll(3));
  expect(recovered.length).toBe(PARTITIONS);
  expect(recovered.slice(before).reduce((sum, each) => sum + each, 0)).toBe(0);
}, 120_000);
