import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  App,
  globalTable,
  Handler,
  Inject,
  type ReadonlyTable,
  type SetTable,
  setTable,
  type Table,
  table,
  topic,
  Worker,
} from '@weir/core';
import { FakeShell } from '../../fake-shell.fixture.js';
import { run } from '../../run.js';

const views = topic('views', { key: 'string', value: 'string', partitions: 2 });
const pages = topic('pages', { key: 'string', value: 'string', partitions: 2 });
const counts = table('counts', { key: 'string', value: 'long', default: 0 });
const lasts = table('lasts', { key: 'string', value: 'string', ttl: '30d' });
const kinds = setTable('kinds', { key: 'string', value: 'string' });
const titles = globalTable('titles', { source: pages });

@App({ id: 'shop', broker: 'kafka://declared:9092', store: 'level://' })
class Shop {
  static counted: () => void;

  constructor(
    @Inject(counts) readonly numbers: Table<string, number>,
    @Inject(lasts) readonly last: Table<string, string | undefined>,
    @Inject(kinds) readonly sets: SetTable<string, string>,
    @Inject(titles) readonly named: ReadonlyTable<string, string | undefined>,
  ) {}

  @Handler(views)
  count(url: string): void {
    this.numbers.update(url, (n) => n + 1);
    this.last.set(url, url);
    this.sets.add(url, 'seen');
    Shop.counted();
  }
}

let shell: FakeShell;
/** Two machines. */
let [here, there, snapshots] = ['', '', ''];
let worker: Worker | undefined;
const folders: string[] = [];
const newFolder = () => {
  const made = mkdtempSync(path.join(tmpdir(), 'weir-state-'));
  folders.push(made);
  return made;
};
beforeEach(async () => {
  shell = new FakeShell();
  [here, there, snapshots] = [newFolder(), newFolder(), newFolder()];
  const producer = await shell.broker.transport().producer();
  shell.broker.createTopic({ name: 'views', partitions: 2 });
  shell.broker.createTopic({ name: 'pages', partitions: 2, config: { 'cleanup.policy': 'compact' } });
  for (const url of ['/a', '/b', '/c']) await producer.send({ topic: 'pages', key: url, value: `page ${url}` });
});
afterEach(async () => {
  await worker?.stop();
  worker = undefined;
  for (const each of folders.splice(0)) rmSync(each, { recursive: true, force: true });
});

const weir = (...args: string[]) => run(['state', ...args], Shop, shell);
const printed = () => {
  const { text } = shell.out;
  shell.out.text = '';
  return text;
};

/** Has a worker on a machine recover both partitions and take in views. @returns how many entries it has read to recover */
async function work(datadir: string, urls: readonly string[], options: object = {}): Promise<number> {
  let [read, views, partitions] = [0, urls.length, 2];
  let isDone = () => {};
  const done = new Promise<void>((resolve) => {
    isDone = () => views === 0 && partitions === 0 && resolve();
  });
  Shop.counted = () => {
    views--;
    isDone();
  };
  const recovered = ({ entries }: { readonly entries: number }) => {
    read += entries;
    partitions--;
    isDone();
  };
  const producer = await shell.broker.transport().producer();
  for (const url of urls) await producer.send({ topic: 'views', key: url, value: url });
  const transport = shell.broker.transport();
  worker = await Worker.start(Shop, { transport, environment: {}, datadir, observers: [{ recovered }], ...options });
  await done;
  return read;
}

async function stop(): Promise<void> {
  await worker?.stop();
  worker = undefined;
}

/** A machine has a snapshot of 20 keys in two partitions. */
async function exported(...args: string[]): Promise<void> {
  await work(here, urls);
  await stop();
  expect(await weir('export', snapshots, '-D', here, ...args)).toBe(0);
}

const shop = () => (worker as Worker).get(Shop);
const urls = Array.from({ length: 20 }, (_, each) => `/${each}`);
const entriesPerKey = 3;
const files = () => readdirSync(snapshots).sort();
const file = (name = 'views-0.weir-state') => path.join(snapshots, name);
const counted = () => urls.map((url) => shop().numbers.get(url)).reduce((sum, each) => sum + each, 0);

describe('weir state', () => {
  it('takes tables from one machine to another, where the next worker reads only what the snapshot misses', async () => {
    await exported();
    expect(printed()).toMatch(/views-0\.weir-state: .*counts\[0\] up to \d+/);
    expect(files()).toEqual([expect.stringMatching(/^global_titles-.*-0\.weir-state$/), 'views-0.weir-state', 'views-1.weir-state']);
    await work(here, ['/1']);
    await stop();
    expect(await weir('import', snapshots, '-D', there)).toBe(0);
    expect(printed().match(/^imported .*views-[01]\.weir-state/gm)).toHaveLength(2);
    const read = await work(there, ['/1']);
    expect(read).toBeLessThanOrEqual(entriesPerKey + 1);
    const { last, sets, named } = shop();
    expect([counted(), last.get('/7'), [...sets.get('/7')], named.get('/b')]).toEqual([22, '/7', ['seen'], 'page /b']);
    expect(shop().numbers.size).toBe(20);
  });

  it('spares the next worker all that it would read without one', async () => {
    await exported();
    expect(await work(there, ['/1'])).toBeGreaterThanOrEqual(urls.length * entriesPerKey);
    expect(counted()).toBe(21);
  });

  it('prints what is in a snapshot', async () => {
    await exported('--json');
    const written = JSON.parse(printed()) as { file: string; tables: { name: string; position: number }[] }[];
    const of = (name: string) => written.find(({ file: each }) => each === file())?.tables.find((each) => each.name === name)?.position;
    expect(await weir('inspect', snapshots, '--json')).toBe(0);
    const found = (
      JSON.parse(printed()) as {
        group: string;
        format: number;
        store: string;
        tables: { name: string; keys: number; position: number }[];
      }[]
    ).filter(({ store }) => store.startsWith('views-'));
    const keys = (name: string) =>
      found.flatMap(({ tables }) => tables.filter((each) => each.name === name)).reduce((sum, each) => sum + each.keys, 0);
    expect([keys('counts'), keys('lasts'), keys('kinds')]).toEqual([20, 20, 20]);
    expect(found[0]).toMatchObject({
      group: 'shop',
      format: 1,
      tables: expect.arrayContaining([expect.objectContaining({ name: 'counts', position: of('counts') })]),
    });
    expect(await run(['state', 'inspect', file()], undefined, shell)).toBe(0);
    expect(printed()).toMatch(/counts +\| shop-counts-changelog +\| +0 +\|/);
  });

  it('exports of a partition that two workers have had what is newest, or what the one has that is named', async () => {
    await work(here, urls, { member: 'old' });
    await stop();
    await work(here, urls, { member: 'new' });
    await stop();
    const positions = async (...args: string[]) => {
      expect(await weir('export', snapshots, '-D', here, '--json', ...args)).toBe(0);
      return (JSON.parse(printed()) as { tables: { name: string; position: number }[] }[]).flatMap(({ tables }) =>
        tables.filter(({ name }) => name === 'counts').map(({ position }) => position),
      );
    };
    const [newest, old] = [await positions(), await positions('--member', 'old')];
    expect(newest.every((position, index) => position > old[index])).toBe(true);
    expect(await positions('--member', 'new')).toEqual(newest);
  });

  it('keeps what is there where that is as new', async () => {
    await exported();
    await work(here, ['/1']);
    await stop();
    printed();
    expect(await weir('import', snapshots, '-D', here)).toBe(0);
    expect(printed().match(/^kept .*: what is here is as new$/gm)).toHaveLength(3);
    expect(await work(here, ['/1'])).toBe(0);
    expect(counted()).toBe(22);
  });

  it('gives them to the worker with a name', async () => {
    await exported();
    expect(await weir('import', snapshots, '-D', there, '--member', 'a')).toBe(0);
    expect(await work(there, ['/1'], { member: 'a' })).toBe(0);
  });

  it('refuses to export while a worker runs, and the folder of one that runs to import', async () => {
    await work(here, urls, { member: 'a' });
    expect(await weir('export', snapshots, '-D', here)).toBe(1);
    expect(shell.err.text).toMatch(/a worker runs on .*member-a: stop it first/);
    await stop();
    await weir('export', snapshots, '-D', here);
    await work(here, ['/1'], { member: 'a' });
    expect(await weir('import', snapshots, '-D', here, '--member', 'a')).toBe(1);
    expect(shell.err.text).toContain('belongs to another worker that runs');
  });

  it('has nothing to export where no worker has kept anything, or tables are in memory alone', async () => {
    expect(await weir('export', snapshots, '-D', there)).toBe(1);
    expect(shell.err.text).toContain(`nothing to export: no worker of shop has kept tables in ${there}`);
    expect(await weir('export', snapshots, '-D', there, '--store', 'memory://')).toBe(2);
    expect(shell.err.text).toContain('tables that are in memory alone are in no snapshot');
    expect(await weir('import', there, '-D', there)).toBe(1);
    expect(shell.err.text).toContain('has no snapshots');
  });

  it('shows on a terminal how far it is', async () => {
    await exported();
    shell.err.isTerminal = true;
    expect(await weir('export', snapshots, '-D', here)).toBe(0);
    expect(shell.err.text).toMatch(/exporting: \d+ entries/);
  });
});

describe('weir state import imports nothing', () => {
  beforeEach(() => exported());

  /** The worker has then nothing on its disk, and reads all of the changelogs. */
  async function refused(why: RegExp, ...args: string[]): Promise<void> {
    expect(await weir('import', snapshots, '-D', there, ...args)).toBe(1);
    expect(shell.err.text).toMatch(why);
    expect(shell.err.text).toContain('Nothing was imported');
    expect(await work(there, ['/1'])).toBeGreaterThanOrEqual(urls.length * entriesPerKey);
    expect(counted()).toBe(21);
  }

  it('where a file is damaged, and says so of it alone', async () => {
    const bytes = readFileSync(file());
    bytes[bytes.length - 60] ^= 1;
    writeFileSync(file(), bytes);
    await refused(/views-0\.weir-state is damaged or was cut off/);
    expect(shell.err.text).not.toContain('views-1.weir-state is');
    expect(await weir('inspect', snapshots)).toBe(1);
    expect(printed()).toContain('views-1.weir-state');
  });

  it.each([0, 5, 40, 300, 1_000])('where one was cut off after %i bytes', async (length) => {
    truncateSync(file(), length);
    await refused(/views-0\.weir-state is (damaged or was cut off|no snapshot of tables)/);
  });

  it('where one was written by a newer weir', async () => {
    writeFileSync(file(), readFileSync(file()).toString('latin1').replace('weir-state 1', 'weir-state 2'), 'latin1');
    await refused(/was written by a newer weir, in format 2, and this one reads 1/);
  });

  it('where one is of another app, or version', async () => {
    expect(await weir('import', snapshots, '-D', there, '--app-version', '2')).toBe(1);
    expect(shell.err.text).toMatch(/is of shop, and the group of this app is shop-v2/);
  });

  it('where a changelog was made anew, is gone or was truncated since', async () => {
    shell.broker.deleteTopic('shop-kinds-changelog');
    expect(await weir('import', file(), '-D', there)).toBe(1);
    expect(shell.err.text).toMatch(/table kinds, partition 0 of shop-kinds-changelog: that does not exist/);
    shell.broker.createTopic({ name: 'shop-kinds-changelog', partitions: 2, config: { 'cleanup.policy': 'compact' } });
    expect(await weir('import', file(), '-D', there)).toBe(1);
    expect(shell.err.text).toMatch(/table kinds, .*: the changelog was deleted and made anew/);
  });

  it('of what is no file, or another one', async () => {
    copyFileSync(path.join(import.meta.dirname ?? '.', 'declared.ts'), file('other.weir-state'));
    expect(await weir('import', file('other.weir-state'), file('none'), '-D', there)).toBe(1);
    expect(shell.err.text).toMatch(/other\.weir-state is no snapshot of tables\n.*none cannot be read/);
  });
});
