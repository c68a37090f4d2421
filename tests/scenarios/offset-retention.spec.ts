import { afterEach, describe, expect, it } from '@jest/globals';
import { App, type Event, Handler, Inject, json, type Table, table, topic } from '@weir/core';
import { Worker } from '@weir/core/internal/app';
import { VirtualClock } from '@weir/core/internal/time';
import { MemoryBroker, type MemoryTransport } from '@weir/core/internal/transport';
import { pino } from 'pino';

const hourMs = 60 * 60 * 1000;
const views = topic('views', { key: 'string', value: json<number>() });
const likes = topic('likes', { key: 'string', value: json<number>() });
const pages = table('counts', { key: 'string', value: 'long', default: 0 });

@App({ id: 'site', commitInterval: '5m' })
class Site {
  constructor(@Inject(pages) readonly counts: Table<string, number>) {}
  @Handler(views)
  view(_: number, { key }: Event<string>): void {
    this.counts.update(key ?? '', (n) => n + 1);
  }
  @Handler(likes)
  like(_: number, { key }: Event<string>): void {
    this.counts.update(key ?? '', (n) => n + 100);
  }
}

const guarantees = ['at-least-once', 'exactly-once'] as const;

let clock: VirtualClock;
let broker: MemoryBroker;
let worker: Worker | undefined;
let transport: MemoryTransport;

afterEach(() => worker?.stop());

async function start(guarantee: (typeof guarantees)[number]): Promise<void> {
  transport = broker.transport();
  worker = await Worker.start(Site, { transport, clock, environment: {}, guarantee, logger: pino({ level: 'silent' }) });
}

async function advance(ms: number): Promise<void> {
  const end = clock.now() + ms;
  for (let due = clock.nextDue(); due !== undefined && due <= end; due = clock.nextDue()) {
    clock.advanceTo(due);
    for (let turns = 0; turns < 3; turns++) await new Promise(setImmediate);
  }
  clock.advanceTo(end);
  for (let turns = 0; turns < 50; turns++) await new Promise(setImmediate);
}

/** What the changelog holds of a key. */
function count(key: string): number {
  const entries = broker.messages('site-counts-changelog').filter((message) => String(message.key) === key);
  return Number(entries.at(-1)?.value?.readBigInt64BE() ?? 0);
}

/** The broker drops offsets of topics that no member subscribes to, however alive the group is: the next owner read a quiet topic from its beginning, and counted all of it twice. */
describe.each(guarantees)('a topic that is quiet for longer than the broker keeps offsets, %s', (guarantee) => {
  it('keeps its offset while a worker has it, and is counted once also over a crash', async () => {
    clock = new VirtualClock();
    broker = new MemoryBroker({ clock, offsetRetentionMs: 2 * hourMs });
    const producer = await broker.transport().producer();
    for (let index = 0; index < 10; index++) for (const name of ['likes', 'views']) producer.append(name, '/a', '1');
    await producer.flush();
    await start(guarantee);
    await advance(3 * hourMs);
    expect(broker.committed('site', 'views', 0)).toBe(10);
    worker!.stream.crash();
    transport.crash();
    await start(guarantee);
    await advance(hourMs / 6);
    expect(count('/a')).toBe(1_010);
  });

  it('keeps it also where workers come and go more often than that', async () => {
    clock = new VirtualClock();
    broker = new MemoryBroker({ clock, offsetRetentionMs: 2 * hourMs });
    const producer = await broker.transport().producer();
    for (const name of ['likes', 'views']) producer.append(name, '/a', '1');
    await producer.flush();
    for (let life = 0; life < 6; life++) {
      await start(guarantee);
      await advance(hourMs / 2);
      if (life === 5) break;
      const stopped = worker!.stop();
      await advance(1_000);
      await stopped;
      worker = undefined;
    }
    expect(broker.committed('site', 'views', 0)).toBe(1);
    expect(count('/a')).toBe(101);
  });
});
