import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { App, Handler, Inject, type Table, table, topic, Worker } from '@weir/core';
import { FakeShell } from '../fake-shell.fixture.js';
import { run } from '../run.js';

const views = topic('views', { key: 'string', value: 'string' });
const counts = table('counts', { key: 'string', value: 'long', default: 0 });

@App({ id: 'shop', version: 3, broker: 'kafka://declared:9092' })
class Shop {
  static counted: () => void;

  constructor(@Inject(counts) private readonly numbers: Table<string, number>) {}

  @Handler(views.groupBy((url) => url, { name: 'by-url' }))
  count(url: string): void {
    this.numbers.update(url, (n) => n + 1);
    Shop.counted();
  }
}

let shell: FakeShell;
let datadir: string;
let worker: Worker | undefined;
beforeEach(async () => {
  shell = new FakeShell();
  datadir = mkdtempSync(path.join(tmpdir(), 'weir-versions-'));
  const producer = await shell.broker.transport().producer();
  await producer.send({ topic: 'views', key: '/a', value: '/a' });
  for (const version of [1, 2, 3]) {
    await begin(version);
    await stop();
  }
});
afterEach(async () => {
  await stop();
  rmSync(datadir, { recursive: true, force: true });
});

const weir = (...args: string[]) => run(['clean-versions', '-D', datadir, ...args], Shop, shell);
const groups: Readonly<Record<number, string>> = { 1: 'shop', 2: 'shop-v2', 3: 'shop-v3' };
const folder = (version: number) => path.join(datadir, 'stores', groups[version]);
const internal = (version: number) => [`${groups[version]}-by-url-repartition`, `${groups[version]}-counts-changelog`];

async function begin(version: number): Promise<void> {
  const counted = new Promise<void>((resolve) => {
    Shop.counted = resolve;
  });
  worker = await Worker.start(Shop, { transport: shell.broker.transport(), environment: {}, version });
  if (shell.broker.committed(groups[version], 'views', 0) < 1) await counted;
  mkdirSync(path.join(folder(version), '1'), { recursive: true });
}

async function stop(): Promise<void> {
  await worker?.stop();
  worker = undefined;
}

/** Which versions there is anything of. */
function left(): number[] {
  const topics = shell.broker.topics();
  return [1, 2, 3].filter((version) => {
    const found = [
      existsSync(folder(version)),
      shell.broker.committed(groups[version], 'views', 0) >= 0,
      ...internal(version).map((each) => topics.includes(each)),
    ];
    expect(new Set(found).size).toBe(1);
    return found[0];
  });
}

describe('weir clean-versions', () => {
  it('deletes what earlier versions have kept, and leaves that of the app alone', async () => {
    expect(left()).toEqual([1, 2, 3]);
    expect(await weir('--yes')).toBe(0);
    expect(left()).toEqual([3]);
    for (const name of [...internal(1), ...internal(2), folder(1), folder(2)]) expect(shell.out.text).toContain(name);
    expect([shell.out.text.includes('shop-v3'), shell.broker.messages('views').length]).toEqual([false, 1]);
    shell.out.text = '';
    expect(await weir('--yes')).toBe(0);
    expect(shell.out.text).toBe('nothing to delete: versions 1, 2 of shop left nothing here\n');
  });

  it('deletes that of one version alone where it is named, and only lists with --dry-run', async () => {
    expect(await weir('2', '--dry-run', '--json')).toBe(0);
    expect(shell.json()).toEqual([{ group: 'shop-v2', state: 'empty', topics: internal(2), folders: [folder(2)], deleted: false }]);
    expect(left()).toEqual([1, 2, 3]);
    expect(await weir('2', '--yes')).toBe(0);
    expect(left()).toEqual([1, 3]);
  });

  it('refuses while workers of one of them run, and deletes nothing', async () => {
    await begin(2);
    expect(await weir('--yes')).toBe(1);
    expect(shell.err.text).toMatch(/the consumer group "shop-v2" has members: stop all workers/);
    expect(left()).toEqual([1, 2, 3]);
    expect(await weir('1', '--yes')).toBe(0);
    expect(left()).toEqual([2, 3]);
  });

  it('does not mind workers of the version of today', async () => {
    await begin(3);
    expect(await weir('--yes')).toBe(0);
    expect(left()).toEqual([3]);
  });

  it.each([
    ['3', '3 is no earlier version: the app has version 3, and earlier ones are 1 to 2'],
    ['4', '4 is no earlier version'],
    ['0', '0 is no earlier version'],
    ['new', 'new is no earlier version'],
  ])('is refused for version %s', async (version, why) => {
    expect(await weir(version, '--yes')).toBe(2);
    expect(shell.err.text).toContain(why);
    expect(left()).toEqual([1, 2, 3]);
  });

  it('leaves topics alone that could be of an app with a longer name, unless they are named', async () => {
    for (const name of ['shop-eu-counts-changelog', 'shop-v2-old-changelog', 'shop-v4-counts-changelog', 'shop-orders'])
      shell.broker.createTopic({ name });
    expect(await weir('--yes', '--topic', 'shop-v2-old-changelog')).toBe(0);
    expect(shell.err.text).toContain('left alone, for the app declares nothing of these names now: shop-eu-counts-changelog. Name those');
    expect(shell.broker.topics().filter((name) => !internal(3).includes(name))).toEqual(
      expect.arrayContaining(['shop-eu-counts-changelog', 'shop-v4-counts-changelog', 'shop-orders', 'views']),
    );
    expect(shell.broker.topics()).not.toContain('shop-v2-old-changelog');
    expect(await weir('--yes', '--topic', 'shop-orders')).toBe(2);
    expect(shell.err.text).toContain('shop-orders: no changelog or repartition topic of shop, shop-v2 has this name');
  });

  it('leaves what waits as delayed messages, which are those of all versions', async () => {
    for (const name of ['shop-delayed', 'shop-delayed-waiting-changelog']) shell.broker.createTopic({ name });
    expect(await weir('--yes')).toBe(0);
    expect(shell.err.text).toBe('');
    expect(shell.broker.topics()).toEqual(expect.arrayContaining(['shop-delayed', 'shop-delayed-waiting-changelog']));
    expect(await weir('--yes', '--topic', 'shop-delayed-waiting-changelog')).toBe(2);
  });

  it('asks first where somebody can be asked, and is refused without --yes where nobody can', async () => {
    expect(await weir()).toBe(2);
    expect(shell.err.text).toContain('--yes');
    shell.isInteractive = true;
    shell.input = ['no'];
    expect(await weir()).toBe(1);
    expect(shell.err.text).toMatch(/Version 3 is left alone.*\ndelete what version 1, 2 left\? \[y\/N\] nothing was deleted/);
    expect(left()).toEqual([1, 2, 3]);
    shell.input = ['yes'];
    expect(await weir()).toBe(0);
    expect(left()).toEqual([3]);
  });
});
