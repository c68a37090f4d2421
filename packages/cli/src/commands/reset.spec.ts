import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { App, Handler, Inject, type Table, table, topic, Worker } from '@weir/core';
import { FakeShell } from '../fake-shell.fixture.js';
import { run } from '../run.js';

const views = topic('views', { key: 'string', value: 'string' });
const byUrl = views.groupBy((url) => url, { name: 'by-url' });
const counts = table('counts', { key: 'string', value: 'long', default: 0 });

@App({ id: 'shop', broker: 'kafka://declared:9092' })
class Shop {
  static counted: () => void;

  constructor(@Inject(counts) private readonly numbers: Table<string, number>) {}

  @Handler(byUrl)
  count(url: string): void {
    this.numbers.update(url, (n) => n + 1);
    Shop.counted();
  }
}

let shell: FakeShell;
let datadir: string;
let worker: Worker | undefined;
beforeEach(() => {
  shell = new FakeShell();
  datadir = mkdtempSync(path.join(tmpdir(), 'weir-reset-'));
});
afterEach(async () => {
  await worker?.stop();
  worker = undefined;
  rmSync(datadir, { recursive: true, force: true });
});

const weir = (...args: string[]) => run(['reset', '-D', datadir, ...args], Shop, shell);
const folder = () => path.join(datadir, 'stores', 'shop');
const kept = ['shop-by-url-repartition', 'shop-counts-changelog'];

/** Has the app count what is in `views`, and keeps it running. */
async function count(urls: number): Promise<void> {
  let left = urls;
  const done = new Promise<void>((resolve) => {
    Shop.counted = () => --left === 0 && resolve();
  });
  worker = await Worker.start(Shop, { transport: shell.broker.transport(), environment: {} });
  await done;
}

async function countAndStop(): Promise<void> {
  const producer = await shell.broker.transport().producer();
  for (const url of ['/a', '/b', '/a']) await producer.send({ topic: 'views', key: url, value: url });
  await count(3);
  await worker?.stop();
  mkdirSync(path.join(folder(), '1'), { recursive: true });
  writeFileSync(path.join(folder(), '1', 'CURRENT'), '');
}

describe('weir reset', () => {
  it('deletes offsets, changelogs, repartition topics and stores, so that the app counts everything anew', async () => {
    await countAndStop();
    expect(await weir('--yes')).toBe(0);
    for (const name of [...kept, folder()]) expect(shell.out.text).toContain(name);
    expect(shell.broker.topics().filter((name) => kept.includes(name))).toEqual([]);
    expect([existsSync(folder()), shell.broker.committed('shop', 'views', 0)]).toEqual([false, -1]);
    expect(shell.broker.messages('views')).toHaveLength(3);
    await count(3);
    await worker?.stop();
    const last = new Map(
      shell.broker.messages('shop-counts-changelog').map(({ key, value }) => [String(key), Number(value?.readBigInt64BE())]),
    );
    expect([...last].sort()).toEqual([
      ['/a', 2],
      ['/b', 1],
    ]);
  });

  it('only lists it with --dry-run, as JSON where that is asked for', async () => {
    await countAndStop();
    expect(await weir('--dry-run', '--json')).toBe(0);
    expect(shell.json()).toEqual([{ group: 'shop', state: 'empty', topics: kept, folders: [folder()], deleted: false }]);
    expect([existsSync(folder()), shell.broker.topics()]).toEqual([true, expect.arrayContaining(kept)]);
  });

  it('refuses while workers are in the group, and deletes nothing', async () => {
    await countAndStop();
    worker = await Worker.start(Shop, { transport: shell.broker.transport(), environment: {} });
    expect(await weir('--yes')).toBe(1);
    expect(shell.err.text).toMatch(/the consumer group "shop" has members: stop all workers/);
    expect(shell.broker.topics()).toEqual(expect.arrayContaining(kept));
  });

  it('asks first where somebody can be asked', async () => {
    await countAndStop();
    shell.isInteractive = true;
    shell.input = ['no'];
    expect(await weir()).toBe(1);
    expect(shell.err.text).toMatch(/shop-dead-letters.*\ndelete this, .* \[y\/N\] nothing was deleted/);
    expect(shell.broker.topics()).toEqual(expect.arrayContaining(kept));
    shell.input = ['y'];
    expect(await weir()).toBe(0);
    expect(shell.broker.topics()).not.toEqual(expect.arrayContaining(kept));
  });

  it('is refused without --yes where nobody can be asked', async () => {
    expect(await weir()).toBe(2);
    expect(shell.err.text).toContain('--yes');
  });

  it('has nothing to do for an app that has never run, and leaves other versions alone', async () => {
    await countAndStop();
    expect(await weir('--yes', '--app-version', '2')).toBe(0);
    expect(shell.out.text).toMatch(/nothing to delete: .*shop-v2/);
    expect(shell.broker.topics()).toEqual(expect.arrayContaining(kept));
  });
});
