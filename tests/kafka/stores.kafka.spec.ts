import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Program } from '../e2e/program.js';
import { committed, createTopic, deleteTopic, PlainReader, readDecided, unique, write } from './plain.js';

const PARTITIONS = 2;
const KEYS = 500;
const PART = 5_000;

let datadir: string;
beforeEach(() => {
  datadir = mkdtempSync(path.join(tmpdir(), 'weir-kafka-'));
});
afterEach(async () => {
  Program.killAll();
  await PlainReader.closeAll();
  rmSync(datadir, { recursive: true, force: true });
});

/** Views that are counted by a worker which keeps its table on disk. */
class Views {
  readonly id = unique('stored');
  readonly views = `${this.id}-views`;
  readonly changelog = `${this.id}-counts-changelog`;
  #written = 0;

  static async open(): Promise<Views> {
    const views = new Views();
    await createTopic(views.views, PARTITIONS);
    await createTopic(`${views.id}-report`, PARTITIONS);
    return views;
  }

  async write(): Promise<void> {
    const ids = Array.from({ length: PART }, (_, each) => this.#written + each);
    this.#written += PART;
    await write(
      this.views,
      ids.map((id) => ({ key: `/${id % KEYS}`, value: JSON.stringify({ id }) })),
    );
  }

  start(guarantee: string, store = 'level://', ...more: string[]): Program {
    return Program.file('tests/kafka/counting-app.ts', this.id, this.views, `${this.id}-report`, guarantee, store, datadir, ...more);
  }

  async done(worker: Program): Promise<void> {
    const offsets = async () => (await committed(this.id, this.views, PARTITIONS)).reduce<number>((sum, each) => sum + (each ?? 0), 0);
    const all = async () => {
      while ((await offsets()) < this.#written) await new Promise((resolve) => setTimeout(resolve, 100));
    };
    await Promise.race([all(), worker.ended.then(() => Promise.reject(new Error(`the worker ended early: ${worker.err}`)))]);
  }

  /** How often each key was counted, as the changelog has it. */
  async counts(): Promise<ReadonlySet<number>> {
    const newest = new Map(
      (await readDecided(this.changelog, PARTITIONS)).map(({ key, value }) => [String(key), Number(value?.readBigInt64BE())]),
    );
    expect(newest.size).toBe(KEYS);
    return new Set(newest.values());
  }
}

/** How many entries of the changelog a worker has read before it was ready. */
function read({ err }: Program): number {
  return Number(/"entries":(\d+),"ms":[\d.]+,"msg":"recovered/.exec(err)?.[1] ?? 0);
}

describe.each(['at-least-once', 'exactly-once'])('a table on disk with Apache Kafka, %s', (guarantee) => {
  it('is exact over kills and the loss of the disk, and reads after a stop what the store misses: nothing', async () => {
    const views = await Views.open();
    let worker = views.start(guarantee);
    await views.write();
    await views.done(worker);
    await views.write();
    await worker.interrupt('SIGKILL');
    worker = views.start(guarantee);
    await views.done(worker);
    await worker.interrupt('SIGKILL');
    rmSync(path.join(datadir, 'stores'), { recursive: true });
    await views.write();
    worker = views.start(guarantee);
    await views.done(worker);
    expect(read(worker)).toBeGreaterThanOrEqual(KEYS);
    expect(await worker.interrupt('SIGTERM')).toEqual({ code: 0, signal: null });
    worker = views.start(guarantee);
    await worker.logs('"msg":"ready"');
    expect(read(worker)).toBe(0);
    await views.write();
    await views.done(worker);
    expect(await worker.interrupt('SIGTERM')).toEqual({ code: 0, signal: null });
    expect(await views.counts()).toEqual(new Set([(4 * PART) / KEYS]));
  }, 180_000);
});

describe('a changelog that is deleted and made anew on Apache Kafka', () => {
  it('is recognised by the offsets, with a store and without one; and when it is accepted, what is stored is not gone on with', async () => {
    const views = await Views.open();
    let worker = views.start('at-least-once');
    await views.write();
    await views.done(worker);
    expect(await worker.interrupt('SIGTERM')).toEqual({ code: 0, signal: null });
    await deleteTopic(views.changelog);
    await createTopic(views.changelog, PARTITIONS, { 'cleanup.policy': 'compact' });
    for (const store of ['level://', 'memory://']) {
      worker = views.start('at-least-once', store);
      expect((await worker.ended).code).not.toBe(0);
      expect(worker.err).toMatch(new RegExp(`${views.changelog} was deleted and made anew, and the consumer group still has the offsets`));
    }
    worker = views.start('at-least-once', 'level://', 'accepts');
    await views.write();
    await views.done(worker);
    expect(worker.err).toMatch(/table counts is read anew .*deleted and made anew/);
    expect(await worker.interrupt('SIGTERM')).toEqual({ code: 0, signal: null });
    expect(await views.counts()).toEqual(new Set([PART / KEYS]));
  }, 120_000);
});
