import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Program } from '../e2e/program.js';
import { committed, createTopic, PlainReader, type Read, readAll, readDecided, unique, write } from './plain.js';

const COUNT = 6_000;
const PARTITIONS = 2;
const KEYS = 50;

interface Order {
  readonly id: number;
  readonly due: number;
}

const orderOf = ({ value }: Read) => JSON.parse(String(value)) as Order;

let datadir: string | undefined;
afterEach(async () => {
  Program.killAll();
  await PlainReader.closeAll();
  if (datadir !== undefined) rmSync(datadir, { recursive: true, force: true });
});

/** Rejects, with what it printed, when a program ends by itself. */
async function endedEarly(program: Program): Promise<never> {
  const { code, signal } = await program.ended;
  if (signal === 'SIGKILL') return new Promise(() => {});
  throw new Error(`the worker ended by itself with ${code}:\n${program.err}`);
}

/** Resolves when a group has come so far in a topic. */
async function untilCommitted(group: string, name: string, partitions: number, count: number): Promise<void> {
  for (let done = 0; done < count; await new Promise((resolve) => setTimeout(resolve, 50)))
    done = (await committed(group, name, partitions).catch(() => [])).reduce<number>((sum, each) => sum + (each ?? 0), 0);
}

describe('delayed messages with Apache Kafka', () => {
  it('come once each, when they are due, those of a key in their order, over kills of their worker', async () => {
    const id = unique('delayed');
    datadir = path.join(tmpdir(), id);
    const [orders, mails] = [`${id}-orders`, `${id}-mails`];
    await createTopic(orders, PARTITIONS);
    await createTopic(mails, PARTITIONS);
    const start = () => Program.file('tests/kafka/delaying-app.ts', id, orders, mails, 'exactly-once');
    const first = start();
    const reader = await PlainReader.open(mails);
    // None is over when it is sent: such a one would go straight, past those that wait.
    const begin = Date.now() + 12_000;
    await write(
      orders,
      Array.from({ length: COUNT }, (_, each) => ({
        key: `k${each % KEYS}`,
        value: JSON.stringify({ id: each, due: begin + ((each * 7) % 40) * 100 }),
      })),
    );
    const allAreSent = untilCommitted(id, orders, PARTITIONS, COUNT);
    const someWait = untilCommitted(`${id}-delayed`, `${id}-delayed`, 1, COUNT / 4);
    await Promise.race([Promise.all([allAreSent, someWait]), endedEarly(first)]);
    await first.interrupt('SIGKILL');
    const second = start();
    await Promise.race([reader.until((all) => all.length >= COUNT / 4), endedEarly(second)]);
    await second.interrupt('SIGKILL');
    const third = start();
    await Promise.race([reader.until((all) => all.length >= COUNT), endedEarly(third)]);
    expect(await third.interrupt('SIGTERM')).toEqual({ code: 0, signal: null });

    const all = await readAll(mails);
    expect(all).toHaveLength(COUNT);
    expect(new Set(all.map((each) => orderOf(each).id)).size).toBe(COUNT);
    expect(all.every((each) => Number(each.timestamp) >= orderOf(each).due)).toBe(true);
    for (let key = 0; key < KEYS; key++) {
      const came = all.filter((each) => String(each.key) === `k${key}`).map(orderOf);
      // Whoever was sent later, and is due no earlier, comes later.
      const passed = came.filter(({ id: one, due }, at) => came.slice(at).some((other) => other.id < one && other.due <= due));
      expect(passed).toEqual([]);
    }
    // What has gone is gone from where it waited.
    const left = new Map((await readDecided(`${id}-delayed-waiting-changelog`, 1)).map(({ key, value }) => [String(key), value]));
    expect([left.size, [...left.values()].every((value) => value === null)]).toEqual([COUNT, true]);
  }, 120_000);
});
