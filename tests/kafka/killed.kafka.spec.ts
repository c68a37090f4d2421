import { afterEach, describe, expect, it } from '@jest/globals';
import { Program } from '../e2e/program.js';
import { committed, createTopic, PlainReader, type Read, readAll, unique, write } from './plain.js';

const COUNT = 20_000;
const PARTITIONS = 4;
const KEYS = 100;

const idOf = ({ value }: Read) => (JSON.parse(String(value)) as { readonly id: number }).id;
const distinct = (messages: readonly Read[]) => new Set(messages.map(idOf)).size;

afterEach(async () => {
  Program.killAll();
  await PlainReader.closeAll();
});

/** Topics with every order written, and a way to start a worker on them. */
async function shop(guarantee: string, member?: string) {
  const id = unique(guarantee);
  const [orders, invoices] = [`${id}-orders`, `${id}-invoices`];
  await createTopic(orders, PARTITIONS);
  await createTopic(invoices, PARTITIONS);
  await write(
    orders,
    Array.from({ length: COUNT }, (_, each) => ({ key: `k${each % KEYS}`, value: JSON.stringify({ id: each }) })),
  );
  const args = [id, orders, invoices, guarantee, ...(member === undefined ? [] : [member])];
  return { id, orders, invoices, start: () => Program.file('tests/kafka/invoicing.ts', ...args) };
}

/** The ids of each key in the order in which they came out, each where it came first. */
function byKey(messages: readonly Read[]): number[][] {
  const keys = new Map<string, Set<number>>();
  for (const message of messages) {
    const key = String(message.key);
    keys.set(key, (keys.get(key) ?? new Set<number>()).add(idOf(message)));
  }
  return [...keys.values()].map((ids) => [...ids]);
}

const isAscending = (ids: readonly number[]) => ids.every((id, index) => index === 0 || ids[index - 1] < id);

async function offsetsAreAtTheEnd(id: string, orders: string): Promise<void> {
  const sources = await readAll(orders);
  const ends = Array.from({ length: PARTITIONS }, (_, at) => sources.filter(({ partition }) => partition === at).length);
  expect(await committed(id, orders, PARTITIONS)).toEqual(ends);
}

describe('a worker that is killed in mid-stream', () => {
  it('has lost nothing when it comes back', async () => {
    const { id, orders, invoices, start } = await shop('at-least-once');
    const reader = await PlainReader.open(invoices);
    const first = start();
    await Promise.race([reader.until((all) => all.length >= COUNT / 4), endedEarly(first)]);
    expect(await first.interrupt('SIGKILL')).toEqual({ code: null, signal: 'SIGKILL' });
    expect(distinct(await readAll(invoices))).toBeLessThan(COUNT);
    const second = start();
    await Promise.race([reader.until((all) => all.length >= COUNT && distinct(all) === COUNT), endedEarly(second)]);
    expect(await second.interrupt('SIGTERM')).toEqual({ code: 0, signal: null });
    await reader.close();

    const all = await readAll(invoices);
    expect(distinct(all)).toBe(COUNT);
    expect(byKey(all).every(isAscending)).toBe(true);
    await offsetsAreAtTheEnd(id, orders);
  }, 120_000);

  it.each([
    ['with a name', 'till-1'],
    ['with the one it has by itself', undefined],
  ])(
    'has every effect exactly once, killed time and again, for a reader of what is committed, %s',
    async (_, member) => {
      const { id, orders, invoices, start } = await shop('exactly-once', member);
      const reader = await PlainReader.open(invoices);
      // Twice at least, and until one of them was in the middle of a transaction.
      let isTorn = false;
      for (let share = 0.2; share < 0.9 && (share < 0.4 || !isTorn); share += 0.1) {
        const killed = start();
        await Promise.race([reader.until((all) => all.length >= COUNT * share), endedEarly(killed)]);
        expect(await killed.interrupt('SIGKILL')).toEqual({ code: null, signal: 'SIGKILL' });
        expect((await reader.until(() => true)).length).toBeLessThan(COUNT);
        isTorn = (await readAll(invoices, 'read_uncommitted')).length > (await readAll(invoices)).length;
      }
      expect(isTorn).toBe(true);
      const last = start();
      await Promise.race([reader.until((all) => all.length >= COUNT), endedEarly(last)]);
      expect(await last.interrupt('SIGTERM')).toEqual({ code: 0, signal: null });
      await reader.close();

      const all = await readAll(invoices);
      expect(all).toHaveLength(COUNT);
      expect(distinct(all)).toBe(COUNT);
      expect(byKey(all)).toHaveLength(KEYS);
      expect(byKey(all).every(isAscending)).toBe(true);
      await offsetsAreAtTheEnd(id, orders);
    },
    120_000,
  );
});

/** Rejects, with what it printed, when a program ends by itself. */
async function endedEarly(program: Program): Promise<never> {
  const { code, signal } = await program.ended;
  if (signal === 'SIGKILL') return new Promise(() => {});
  throw new Error(`the worker ended by itself with ${code}:\n${program.err}`);
}
