import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { Program } from '../e2e/program.js';
import { createTopic, deleteTopic, PlainReader, readDecided, unique, write } from './plain.js';

const app = 'tests/kafka/reset-app.ts';
const keys = 200;
let folder: string;
let id: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'weir-snapshots-'));
  id = unique('snapshots');
});
afterEach(async () => {
  Program.killAll();
  await PlainReader.closeAll();
  rmSync(folder, { recursive: true, force: true });
});

const machine = (name: string) => path.join(folder, name);
const weir = (datadir: string, ...args: string[]) => Program.file(app, id, ...args, '-D', datadir);

async function counts(): Promise<ReadonlyMap<string, number>> {
  return new Map((await readDecided(`${id}-counts-changelog`, 2)).map(({ key, value }) => [String(key), Number(value?.readBigInt64BE())]));
}

/** A worker on a machine counts each key once more, and stops. @returns how many entries it has read from the changelog before */
async function count(datadir: string, times: number): Promise<number> {
  await write(
    `${id}-visits`,
    Array.from({ length: keys }, (_, each) => ({ key: 'visitor', value: `/${each}` })),
  );
  const worker = weir(datadir, 'worker', '-l', 'info');
  await worker.logs('ready');
  while ((await counts()).get(`/${keys - 1}`) !== times) await new Promise((resolve) => setTimeout(resolve, 100));
  await worker.interrupt();
  const recovered = [...worker.err.matchAll(/"entries":(\d+)/g)].map(([, entries]) => Number(entries));
  return recovered.reduce((sum, each) => sum + each, 0);
}

it('starts a worker on another machine with a snapshot on Apache Kafka, and refuses one whose changelog was made anew', async () => {
  await createTopic(`${id}-visits`, 2);
  const [one, other] = [machine('one'), machine('other')];
  await count(one, 1);
  const exported = weir(one, 'state', 'export', machine('files'), '--json');
  expect((await exported.ended).code).toBe(0);
  const imported = weir(other, 'state', 'import', machine('files'));
  expect([(await imported.ended).code, imported.out.match(/^imported /gm)?.length]).toEqual([0, 2]);
  expect(await count(other, 2)).toBe(0);
  expect(new Set((await counts()).values())).toEqual(new Set([2]));
  await deleteTopic(`${id}-counts-changelog`);
  await createTopic(`${id}-counts-changelog`, 2, { 'cleanup.policy': 'compact' });
  const refused = weir(machine('fourth'), 'state', 'import', machine('files'));
  expect([(await refused.ended).code, refused.err]).toEqual([
    1,
    expect.stringMatching(/the changelog was deleted and made anew[\s\S]*Nothing was imported/),
  ]);
}, 120_000);
