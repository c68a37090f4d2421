import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { App, Handler, Inject, json, type SetTable, setTable, type Table, table, topic, Worker } from '@weir/core';
import { HotFile } from '@weir/core/internal/datadir';
import { VirtualClock } from '@weir/core/internal/time';
import { FakeShell } from '../../fake-shell.fixture.js';
import { run } from '../../run.js';

interface View {
  readonly url: string;
  readonly user: number;
}

const views = topic('views', { key: 'string', value: json<View>() });
const counts = table('counts', { key: 'string', value: 'long', default: 0 });
const users = table('users', { key: 'integer', value: 'long', default: 0, placement: 'event' });
const tags = setTable('tags', { key: 'string', value: 'string' });

@App({ id: 'shop', broker: 'kafka://declared:9092' })
class Shop {
  static counted: () => void;

  constructor(
    @Inject(counts) private readonly numbers: Table<string, number>,
    @Inject(users) private readonly viewers: Table<number, number>,
    @Inject(tags) private readonly tagged: SetTable<string, string>,
  ) {}

  @Handler(views, { concurrency: { by: 'none', max: 8 } })
  async count({ url, user }: View): Promise<void> {
    const before = this.numbers.get(url);
    await new Promise(setImmediate);
    this.numbers.set(url, before + 1);
    this.viewers.update(user, (n) => n + 1);
    this.tagged.add(url, `tag-${user}`, 'seen');
    Shop.counted();
  }
}

let shell: FakeShell;
let datadir: string;
const workers: Worker[] = [];
beforeEach(() => {
  shell = new FakeShell();
  datadir = mkdtempSync(path.join(tmpdir(), 'weir-hot-'));
});
afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.stop()));
  rmSync(datadir, { recursive: true, force: true });
});

const hot = (...args: string[]) => run(['tables', '--hot', '--datadir', datadir, ...args], Shop, shell);

/** Has a worker count views, and some time pass. */
async function view(member: string, urls: readonly string[]): Promise<void> {
  const clock = new VirtualClock();
  const worker = await Worker.start(Shop, { transport: shell.broker.transport(), environment: {}, datadir, member, clock });
  workers.push(worker);
  const producer = await shell.broker.transport().producer();
  for (const [user, url] of urls.entries()) {
    const done = new Promise<void>((resolve) => {
      Shop.counted = resolve;
    });
    void producer.send({ topic: 'views', key: url, value: JSON.stringify({ url, user }) });
    // They meet where they are sent at once.
    if (user % 4 === 3) await done;
  }
  while (worker.stream.load.running + worker.stream.load.waiting > 0) await new Promise(setImmediate);
  await worker.stream.checkpoint();
  clock.advanceTo(clock.now() + 10_000);
}

interface Found {
  readonly workers: readonly { readonly worker: string; readonly at: string }[];
  readonly keys: readonly { readonly table: string; readonly key: unknown; readonly written: number; readonly overtaken: number }[];
}

describe('weir tables --hot', () => {
  it('tells which keys attempts are overtaken at most, and which are written, of all workers that have counted here', async () => {
    const long = `/${'x'.repeat(100)}`;
    await view('one', [...Array.from({ length: 16 }, () => '/home'), '/a', '/b', long, '/c']);
    const other = new HotFile(path.join(datadir, 'stores', 'shop'), 'two', 0);
    other.write([{ table: 'counts', keys: [{ key: '/a', written: 2, overtaken: 0 }] }], 1_000);
    expect(await hot('--json')).toBe(0);
    const [found] = shell.json<Found>();
    const { keys } = found;
    expect(found.workers.map(({ worker }) => worker).sort()).toEqual(['one', 'two']);
    expect(keys[0]).toMatchObject({ table: 'counts', key: '/home' });
    expect(keys[0].overtaken).toBeGreaterThan(3);
    const written = keys.filter(({ table, key }) => table === 'counts' && key !== '/home');
    const places = written.map(({ key }) => key).sort();
    expect(places).toEqual(['/a', '/b', '/c', `${long.slice(0, 64)}…`]);
    expect(written.every(({ key, written, overtaken }) => written === (key === '/a' ? 3 : 1) && overtaken === 0)).toBe(true);
    expect(keys).toContainEqual({ table: 'users', key: 18, written: 1, overtaken: 0 });
    expect(keys.filter(({ table }) => table === 'tags').map(({ key }) => key)).toContain('/home');
    expect(await hot()).toBe(0);
    expect(shell.out.text).toMatch(/table +\| key +\| overtaken +\| written.*\| counts +\| \/home +\| [0-9]+ +\| [0-9]+ +\|.*one: 20/s);
    other.remove();
    expect(await hot()).toBe(0);
    // A stop in order leaves nothing.
    await workers[0].stop();
    expect(existsSync(path.join(datadir, 'stores'))).toBe(false);
    expect(await hot()).toBe(1);
  });

  it('says where to ask when no worker has counted here', async () => {
    expect(await hot()).toBe(1);
    expect(shell.err.text).toContain('run this where its workers run');
  });
});
