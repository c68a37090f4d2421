import { afterEach, describe, expect, it } from '@jest/globals';
import { App, CLOCK, type Clock, Handler, Inject, json, type Topic, topic } from '@weir/core';
import { Happening, Life, protocols } from './groups.js';
import { brokers, committed, createTopic, readAll, unique, write } from './plain.js';

interface Order {
  readonly id: number;
}

const PARTITIONS = 8;
/** Orders that are written at a time, over and over: there is always some work while partitions move. */
const AT_ONCE = 400;
const limitMs = 180_000;
const happening = new Happening();

/** A shop of its own for each protocol: invoices go out, one for each order. */
function shop(name: string, kafka: Readonly<Record<string, unknown>>) {
  const id = unique(name.toLowerCase());
  const orders = topic(`${id}-orders`, { value: json<Order>() });
  const invoices = topic(`${id}-invoices`, { value: json<Order>() });

  @App({ id, broker: `kafka://${brokers}`, kafka })
  class Shop {
    taken = 0;

    constructor(
      @Inject(invoices) private readonly out: Topic<string, Order>,
      @Inject(CLOCK) private readonly clock: Clock,
    ) {}

    @Handler(orders)
    async take(order: Order): Promise<void> {
      await this.clock.sleep(1);
      this.out.sendSoon({ key: `k${order.id % 100}`, value: order });
      this.taken += 1;
      happening.note();
    }
  }
  return { id, Shop, orders: `${id}-orders`, invoices: `${id}-invoices` };
}

afterEach(() => Life.stopAll());

describe('a hand-over inside drainTimeout', () => {
  it.each(protocols)(
    'repeats nothing and loses nothing while a group grows from two to four workers and shrinks again (%s)',
    async (name, kafka) => {
      const { id, Shop, orders, invoices } = shop(name, kafka);
      await createTopic(orders, PARTITIONS);
      await createTopic(invoices, PARTITIONS);
      let sent = 0;
      let isFeeding = true;
      const feed = async () => {
        while (isFeeding) {
          const ids = Array.from({ length: AT_ONCE }, (_, index) => sent + index);
          sent += AT_ONCE;
          await write(
            orders,
            ids.map((each) => ({ value: JSON.stringify({ id: each }), partition: each % PARTITIONS })),
          );
        }
      };
      const fed = feed();
      const lives: Life<InstanceType<typeof Shop>>[] = [];
      const taken = ({ app }: (typeof lives)[number]) => app.taken;
      const all = () => lives.reduce((sum, life) => sum + taken(life), 0);
      const join = async () => {
        const life = await Life.start(Shop, {}, happening);
        lives.push(life);
        await happening.until(() => taken(life) > 0);
      };
      for (let count = 0; count < 4; count++) await join();
      const before = all();
      await happening.until(() => all() > before + AT_ONCE);
      await lives[0].stop();
      await lives[2].stop();
      const left = all();
      await happening.until(() => all() > left + AT_ONCE);
      isFeeding = false;
      await fed;
      await happening.until(() => all() >= sent);
      await Promise.all(lives.map((life) => life.stop()));

      expect(lives.map(taken).every((count) => count > 0)).toBe(true);
      const ids = (await readAll(invoices)).map(({ value }) => (JSON.parse(String(value)) as Order).id);
      expect(new Set(ids).size).toBe(sent);
      expect(ids).toHaveLength(sent);
      expect(await committed(id, orders, PARTITIONS)).toEqual(Array(PARTITIONS).fill(sent / PARTITIONS));
      expect(lives.flatMap(({ log }) => log.filter((line) => line.startsWith('lost')))).toEqual([]);
    },
    limitMs,
  );
});

describe('a worker with a name', () => {
  it.each(protocols)(
    'comes back within its session to the partitions it had, and the others notice nothing (%s)',
    async (name, kafka) => {
      const { Shop, orders, invoices } = shop(`named-${name}`, kafka);
      await createTopic(orders, PARTITIONS);
      await createTopic(invoices, PARTITIONS);
      const first = await Life.start(Shop, { member: 'first' }, happening);
      await happening.until(() => first.moves.length > 0);
      const other = await Life.start(Shop, { member: 'other' }, happening);
      await happening.until(() => other.moves.some((line) => line.startsWith('assigned')) && held(first) + held(other) === PARTITIONS);
      const [had, noticed] = [partitionsOf(first), other.log.length];

      await first.stop();
      const again = await Life.start(Shop, { member: 'first' }, happening);
      await happening.until(() => again.moves.length > 0);
      const each = Array.from({ length: PARTITIONS }, (_, partition) => ({ value: JSON.stringify({ id: partition }), partition }));
      await write(orders, each);
      await happening.until(() => again.app.taken + other.app.taken === PARTITIONS);
      expect(partitionsOf(again)).toEqual(had);
      expect(other.log.slice(noticed).filter((line) => /^(assigned|handed over|lost)/.test(line))).toEqual([]);
    },
    limitMs,
  );
});

/** The partitions a worker holds, from what it logged. */
function partitionsOf({ moves }: Life): number[] {
  const held = new Set<number>();
  for (const line of moves) {
    for (const partition of /\[([\d,]+)\]/.exec(line)?.[1].split(',') ?? []) {
      if (line.startsWith('assigned')) held.add(Number(partition));
      else held.delete(Number(partition));
    }
  }
  return [...held].sort((a, b) => a - b);
}

const held = (life: Life) => partitionsOf(life).length;
