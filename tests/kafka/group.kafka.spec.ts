import { Writable } from 'node:stream';
import { afterEach, describe, expect, it } from '@jest/globals';
import { App, CLOCK, type Clock, type Event, Handler, Inject, json, topic, Worker } from '@weir/core';
import { pino } from 'pino';
import { brokers, committed, createTopic, unique, write } from './plain.js';

interface Order {
  readonly id: number;
}

const PARTITIONS = 4;
const names = { moved: unique('moved'), slow: unique('slow'), movedApp: unique('moved-app'), slowApp: unique('slow-app') };
const moved = topic(names.moved, { value: json<Order>() });
const slow = topic(names.slow, { value: json<Order>() });
const broker = `kafka://${brokers}`;
/** The shortest that a broker takes as it comes; rebalances are heard of at once. */
const pace = { 'session.timeout.ms': 6_000, 'heartbeat.interval.ms': 300 };

/** Resolves its waiters whenever something happens. */
class Happening {
  #waiting: (() => void)[] = [];

  note(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  async until(isTrue: () => boolean): Promise<void> {
    while (!isTrue()) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }
}

const happening = new Happening();
/** The life of a worker as it logs it. */
let log: string[] = [];

function logger() {
  const stream = new Writable({
    write(line: Buffer, _, done) {
      log.push((JSON.parse(String(line)) as { readonly msg: string }).msg);
      happening.note();
      done();
    },
  });
  return pino({ level: 'info' }, stream);
}

@App({ id: names.movedApp, broker, kafka: pace })
class Moving {
  readonly seen: number[] = [];

  constructor(@Inject(CLOCK) private readonly clock: Clock) {}

  @Handler(moved)
  async take({ id }: Order): Promise<void> {
    await this.clock.sleep(1);
    this.seen.push(id);
    happening.note();
  }
}

const POLL_INTERVAL_MS = 6_000;

@App({ id: names.slowApp, broker, kafka: { ...pace, 'max.poll.interval.ms': POLL_INTERVAL_MS } })
class Slow {
  readonly begun: string[] = [];
  readonly done: string[] = [];

  constructor(@Inject(CLOCK) private readonly clock: Clock) {}

  @Handler(slow)
  async take({ id }: Order, { partition, signal }: Event): Promise<void> {
    this.begun.push(`${partition}:${id}`);
    if (id === 0) await this.clock.sleep(POLL_INTERVAL_MS * 1.5, signal);
    this.done.push(`${partition}:${id}`);
    happening.note();
  }
}

const workers: Worker[] = [];
async function start(app: new (...args: never[]) => object): Promise<Worker> {
  const worker = await Worker.start(app, { logger: logger() });
  workers.push(worker);
  return worker;
}

afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.stop()));
  log = [];
});

describe('a group on Apache Kafka', () => {
  it('hands over cleanly when workers join and leave under load: nothing is lost, nothing repeated', async () => {
    const count = 20_000;
    await createTopic(names.moved, PARTITIONS);
    await write(
      names.moved,
      Array.from({ length: count }, (_, id) => ({ value: JSON.stringify({ id }), partition: id % PARTITIONS })),
    );
    const first = (await start(Moving)).get(Moving);
    await happening.until(() => first.seen.length > count / 20);
    const joining = await start(Moving);
    const second = joining.get(Moving);
    await happening.until(() => second.seen.length > count / 20);
    await joining.stop();
    expect(first.seen.length + second.seen.length).toBeLessThan(count);
    const third = (await start(Moving)).get(Moving);
    const all = () => [...first.seen, ...second.seen, ...third.seen];
    await happening.until(() => first.seen.length + second.seen.length + third.seen.length >= count);
    await Promise.all(workers.splice(0).map((worker) => worker.stop()));

    expect(third.seen.length).toBeGreaterThan(0);
    expect(all()).toHaveLength(count);
    expect(new Set(all()).size).toBe(count);
    expect(await committed(names.movedApp, names.moved, PARTITIONS)).toEqual(Array(PARTITIONS).fill(count / PARTITIONS));
  }, 120_000);

  it('keeps a worker whose handler runs longer than the poll interval, and runs it once', async () => {
    await createTopic(names.slow, 2);
    await write(
      names.slow,
      [0, 1].map((partition) => ({ value: '{"id":0}', partition })),
    );
    await write(names.slow, [{ value: '{"id":1}', partition: 0 }]);
    const { begun, done } = (await start(Slow)).get(Slow);
    await happening.until(() => done.length === 3);
    await workers.splice(0)[0].stop();
    expect([...begun].sort()).toEqual(['0:0', '0:1', '1:0']);
    expect([...done].sort()).toEqual(['0:0', '0:1', '1:0']);
    expect(log.filter((line) => line.startsWith('assigned'))).toHaveLength(1);
    expect(log.filter((line) => line.startsWith('lost'))).toEqual([]);
    expect(await committed(names.slowApp, names.slow, 2)).toEqual([2, 1]);
  }, 60_000);
});
