import { afterEach, describe, expect, it } from '@jest/globals';
import { Program } from '../e2e/program.js';
import { createTopic, type Plain, PlainReader, type Read, readDecided, unique, write } from './plain.js';

const PARTITIONS = 4;
const SECONDS = 240;
const VIEWS = 20_000;
const ORDERS = 4_000;
const URLS = 20;
const guarantees = ['at-least-once', 'exactly-once'] as const;

afterEach(async () => {
  Program.killAll();
  await PlainReader.closeAll();
});

interface Input {
  readonly id: number;
  readonly key: string;
  readonly time: number;
  readonly timer?: 'soon' | 'late' | 'none';
}

/** Out of order by no more than the disorder of their topics. */
function written(inputs: readonly Input[]): Plain[] {
  const at = ({ id, time, timer }: Input) => time + (timer === undefined ? (id % 5) * 100 : 0);
  return [...inputs]
    .sort((one, other) => at(one) - at(other))
    .map(({ id, key, time, timer }) => ({ key, value: JSON.stringify({ id, timer }), timestamp: time }));
}

/** What is written, and what must come of it. */
class Inputs {
  readonly #begin = Math.floor(Date.now() / 1_000 - 3_000) * 1_000;
  readonly views = this.#each(VIEWS, (id, time) => ({ id, key: `/${(id * 7) % URLS}`, time }));
  // One in ten has a timer, another one that the order after it cancels.
  readonly orders = this.#each(ORDERS, (id, time) => {
    if (id % 10 === 6) return { id, key: `o${id - 1}`, time, timer: 'none' };
    return { id, key: `o${id}`, time, timer: id % 10 === 0 ? 'soon' : id % 10 === 5 ? 'late' : undefined };
  });
  /** None in time, one, two, or one that is too late. */
  readonly payments = this.orders.flatMap(({ id, key, time }): Input[] => {
    const payment = (nth: number, afterMs: number) => ({ id: id * 2 + nth, key, time: time + afterMs });
    return [[], [payment(0, 1_000)], [payment(0, 0), payment(1, 700)], [payment(0, 1_001)]][id % 4] as Input[];
  });

  get counts(): Map<string, number> {
    const counts = new Map<string, number>();
    for (const { key, time } of this.views) {
      const window = JSON.stringify([key, time - (time % 1_000)]);
      counts.set(window, (counts.get(window) ?? 0) + 1);
    }
    return counts;
  }

  get pairs(): string[] {
    return this.orders.flatMap(({ id, key, time }) => {
      const paid = this.payments.filter((each) => each.key === key && each.time >= time && each.time <= time + 1_000);
      const found = paid.length === 0 ? [null] : paid.map((payment) => payment.id);
      return found.map((payment) => JSON.stringify([id, payment]));
    });
  }

  get reminders(): string[] {
    return this.orders.filter(({ timer }) => timer === 'soon').map(({ id }) => String(id));
  }

  #each(count: number, make: (id: number, time: number) => Input): Input[] {
    return Array.from({ length: count }, (_, id) => make(id, this.#begin + Math.floor((id * SECONDS * 1_000) / count)));
  }
}

class Shop {
  readonly inputs = new Inputs();
  private constructor(
    readonly id: string,
    readonly guarantee: string,
  ) {}

  static async open(guarantee: string): Promise<Shop> {
    const shop = new Shop(unique('windowing'), guarantee);
    const names = ['views', 'orders', 'payments', 'report', 'late', 'paid', 'reminded'];
    await Promise.all(names.map((name) => createTopic(shop.topic(name), PARTITIONS)));
    const { views, orders, payments } = shop.inputs;
    await write(shop.topic('views'), written(views));
    await write(shop.topic('orders'), written(orders));
    await write(shop.topic('payments'), written(payments));
    return shop;
  }

  topic(name: string): string {
    return `${this.id}-${name}`;
  }

  start(member: string): Program {
    return Program.file('tests/kafka/windowing-app.ts', this.id, this.guarantee, member);
  }

  read(name: string): Promise<PlainReader> {
    return PlainReader.open(this.topic(name));
  }

  /** What lies in a topic, sorted; with at least once, what has come again is left out. */
  async results(name: string, text: (read: Read) => string): Promise<string[]> {
    const all = (await readDecided(this.topic(name), PARTITIONS)).map(text);
    return (this.guarantee === 'exactly-once' ? all : [...new Set(all)]).sort();
  }

  /** Resolves when nothing is left in a table: no window, nothing that waits for a counterpart, no timer. */
  async empty(): Promise<void> {
    for (const name of ['per-second', 'order-payments', 'reminders'])
      while ((await this.#left(name)) > 0) await new Promise((resolve) => setTimeout(resolve, 200));
  }

  /** Keys of a changelog that are there still. */
  async #left(name: string): Promise<number> {
    const newest = new Map<string, Buffer | null>();
    for (const { key, value } of await readDecided(`${this.id}-${name}-changelog`, PARTITIONS))
      newest.set(String(key?.toString('hex')), value);
    return [...newest.values()].filter((value) => value !== null).length;
  }
}

const value = (read: Read) => String(read.value);
const distinct = (messages: readonly Read[], text: (read: Read) => string) => new Set(messages.map(text)).size;

/** A report is wrong where it does not say what was counted. */
function reported({ key, value }: Read): string {
  const [start, n] = JSON.parse(String(value)) as [number, number];
  return JSON.stringify([JSON.stringify([String(key), start]), n]);
}

describe.each(guarantees)('windows, joins and schedules on Apache Kafka, %s', (guarantee) => {
  it('give what they should when workers are killed, and with nothing new coming', async () => {
    const shop = await Shop.open(guarantee);
    const { counts, pairs, reminders } = shop.inputs;
    const reports = await shop.read('report');
    const enough = (workers: readonly Program[], count: number) =>
      Promise.race([reports.until((all) => all.length >= count), ...workers.map(endedEarly)]);
    let stays = shop.start('till-1');
    const goes = shop.start('till-2');
    await enough([stays, goes], counts.size / 5);
    await stays.interrupt('SIGKILL');
    stays = shop.start('till-1');
    await enough([stays, goes], counts.size / 2);
    await goes.interrupt('SIGKILL');

    await Promise.race([reports.until((all) => distinct(all, reported) >= counts.size), endedEarly(stays)]);
    for (const [name, count] of [
      ['paid', pairs.length],
      ['reminded', reminders.length],
    ] as const) {
      const reader = await shop.read(name);
      await Promise.race([reader.until((all) => distinct(all, value) >= count), endedEarly(stays)]);
    }
    await Promise.race([shop.empty(), endedEarly(stays)]);
    await stays.stopped();

    expect(await shop.results('report', reported)).toEqual([...counts].map((count) => JSON.stringify(count)).sort());
    expect(await shop.results('paid', value)).toEqual([...pairs].sort());
    expect(await shop.results('reminded', value)).toEqual([...reminders].sort());
    expect(await shop.results('late', value)).toEqual([]);
  }, 180_000);
});

async function endedEarly(program: Program): Promise<never> {
  const { code, signal } = await program.ended;
  if (signal === 'SIGKILL') return new Promise(() => {});
  throw new Error(`the worker ended early (${code ?? signal}): ${program.err}`);
}
