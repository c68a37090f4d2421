import { rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Program } from '../e2e/program.js';
import { committed, createTopic, PlainReader, type Read, readAll, unique, write } from './plain.js';

const COUNT = 400;
const KEYS = 20;
const PARTITIONS = 2;

afterEach(async () => {
  Program.killAll();
  await PlainReader.closeAll();
});

interface Done {
  readonly id: number;
  readonly offset: number;
  readonly from: string;
}
const doneIn = ({ value }: Read) => JSON.parse(String(value)) as Done;
const idsIn = (messages: readonly Read[]) => messages.map((each) => doneIn(each).id);

describe('parked events', () => {
  it.each(['at-least-once', 'exactly-once'])(
    'outlive a worker that is killed: their offsets are committed, and they run in the order of their keys in the next one, %s',
    async (guarantee) => {
      const id = unique(`parking-${guarantee}`);
      const [orders, done] = [`${id}-orders`, `${id}-done`];
      const file = path.join(tmpdir(), `${id}-file`);
      await createTopic(orders, PARTITIONS);
      await createTopic(done, PARTITIONS);
      // The second order of every other key is hard.
      const all = Array.from({ length: COUNT }, (_, each) => ({ id: each, isHard: each >= KEYS && each < 2 * KEYS && each % 2 === 0 }));
      await write(
        orders,
        all.map((order) => ({ key: `k${order.id % KEYS}`, value: JSON.stringify(order) })),
      );
      const ends = Array.from({ length: PARTITIONS }, () => 0);
      for (const { partition } of await readAll(orders)) ends[partition]++;
      const start = () => Program.file('tests/kafka/parking-app.ts', id, orders, done, guarantee, file);
      const isEasy = (each: number) => each < KEYS || each % 2 === 1;
      const easy = all.filter((order) => isEasy(order.id)).length;
      const reader = await PlainReader.open(done);
      try {
        const first = start();
        await reader.until((found) => new Set(idsIn(found)).size >= easy);
        while ((await committed(id, orders, PARTITIONS)).join() !== ends.join()) await new Promise((next) => setTimeout(next, 200));
        expect(await first.interrupt('SIGKILL')).toEqual({ code: null, signal: 'SIGKILL' });
        expect(idsIn(await readAll(done)).every(isEasy)).toBe(true);
        writeFileSync(file, '');
        const second = start();
        await reader.until((found) => new Set(idsIn(found)).size === COUNT);
        expect(await second.interrupt('SIGTERM')).toEqual({ code: 0, signal: null });
      } finally {
        rmSync(file, { force: true });
        rmSync(path.join(tmpdir(), id), { recursive: true, force: true });
      }
      const found = await readAll(done);
      if (guarantee === 'exactly-once') expect(found).toHaveLength(COUNT);
      for (let key = 0; key < KEYS; key++) {
        const ids = [...new Set(idsIn(found))].filter((each) => each % KEYS === key);
        expect(ids).toEqual([...ids].sort((a, b) => a - b));
      }
      expect(found.every((each) => doneIn(each).from === orders && doneIn(each).offset >= 0)).toBe(true);
    },
    120_000,
  );
});
