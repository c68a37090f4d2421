import { beforeEach, describe, expect, it } from '@jest/globals';
import {
  App,
  Handler,
  Inject,
  joinTables,
  json,
  leftJoin,
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
import { Shop as Tableless } from '../../shop.fixture.js';

interface View {
  readonly url: string;
}

const views = topic('views', { key: 'string', value: json<View>(), partitions: 3 });
const counts = table('counts', { key: 'string', value: 'long', default: 0 });
const lasts = table('lasts', { key: 'integer', value: json<View>(), placement: 'event', standby: 'all' });

@App({ id: 'shop', broker: 'kafka://declared:9092', version: 2 })
class Shop {
  static counted: () => void;

  constructor(
    @Inject(counts) private readonly numbers: Table<string, number>,
    @Inject(lasts) private readonly last: Table<number, View | undefined>,
  ) {}

  @Handler(views)
  count(view: View): void {
    if (this.numbers.update(view.url, (n) => n + 1) === 3) this.numbers.delete(view.url);
    this.last.set(7, view);
    Shop.counted();
  }
}

let shell: FakeShell;
beforeEach(() => {
  shell = new FakeShell();
});

const weir = (...args: string[]) => run(['tables', ...args], Shop, shell);

/** Has the app count views, and stop in order. */
async function view(...urls: string[]): Promise<void> {
  let left = urls.length;
  const done = new Promise<void>((resolve) => {
    Shop.counted = () => --left === 0 && resolve();
  });
  const worker = await Worker.start(Shop, { transport: shell.broker.transport(), environment: {} });
  const producer = await shell.broker.transport().producer();
  for (const url of urls) await producer.send({ topic: 'views', key: url, value: JSON.stringify({ url }) });
  await done;
  await worker.stop();
}

describe('weir tables', () => {
  it('lists tables with what their changelogs hold', async () => {
    await view('/home', '/home', '/prices', '/gone', '/gone', '/gone');
    expect(await weir('--json')).toBe(0);
    const [rows] = shell.json();
    expect(rows).toEqual([
      {
        ...{ name: 'counts', kind: 'table', key: 'string', value: 'long', feeds: ['views'], topic: 'shop-v2-counts-changelog' },
        ...{ partitions: 3, keys: 2, bytes: '/home/prices'.length + 2 * 8, standby: null },
      },
      expect.objectContaining({ name: 'lasts', key: 'integer', topic: 'shop-v2-lasts-changelog', partitions: 3, standby: 'all' }),
    ]);
  });

  // They were refused: only WEIR_ID named an app that was started with --id.
  it('looks at the app under the id and the version that its workers were given', async () => {
    const other = ['--id', 'other', '--app-version', '3'];
    const worker = await Worker.start(Shop, { transport: shell.broker.transport(), environment: {}, id: 'other', version: 3 });
    const counted = new Promise<void>((resolve) => {
      Shop.counted = resolve;
    });
    await (await shell.broker.transport().producer()).send({ topic: 'views', key: '/home', value: JSON.stringify({ url: '/home' }) });
    await counted;
    await worker.stop();
    expect(await weir('--json', ...other)).toBe(0);
    expect(shell.json()[0]).toContainEqual(expect.objectContaining({ topic: 'other-v3-counts-changelog', keys: 1 }));
    expect(await weir('get', 'counts', '/home', ...other)).toBe(0);
    expect(await weir('scan', 'counts', ...other)).toBe(0);
    expect(await weir('get', 'counts', '/home')).toBe(1);
  });

  it('lists the view of a topic with what that holds, and finds its values wherever they lie', async () => {
    const prices = topic('prices', { key: 'string', value: 'json', partitions: 3 });
    const view = table('prices', { source: prices });
    @App({ id: 'shop', broker: 'kafka://declared:9092' })
    class Viewing {
      @Inject(view) readonly prices!: ReadonlyTable<string, unknown>;
      @Handler(views)
      read(): void {}
    }
    shell.broker.createTopic({ name: 'prices', partitions: 3 });
    const producer = await shell.broker.transport().producer();
    await producer.send({ topic: 'prices', key: '/home', value: '7', partition: 0 });
    await producer.send({ topic: 'prices', key: '/a', value: '8', partition: 2 });
    expect(await run(['tables', '--json'], Viewing, shell)).toBe(0);
    expect(shell.json()[0]).toEqual([
      expect.objectContaining({ kind: 'source', topic: 'prices', value: 'json', feeds: ['views'], keys: 2 }),
    ]);
    for (const key of ['/home', '/a']) expect(await run(['tables', 'get', 'prices', key], Viewing, shell)).toBe(0);
    expect(shell.out.lines.slice(-2)).toEqual(['7', '8']);
  });

  it('lists tables of sets, and prints the elements of one', async () => {
    const tags = setTable('tags', { key: 'string', value: 'string' });
    @App({ id: 'shop', broker: 'kafka://declared:9092' })
    class Tagging {
      @Inject(tags) readonly tags!: SetTable<string, string>;
      @Handler(views)
      tag({ url }: View): void {
        this.tags.add(url, 'seen', 'new');
        Shop.counted();
      }
    }
    const done = new Promise<void>((resolve) => {
      Shop.counted = resolve;
    });
    const worker = await Worker.start(Tagging, { transport: shell.broker.transport(), environment: {} });
    const producer = await shell.broker.transport().producer();
    await producer.send({ topic: 'views', key: '/home', value: JSON.stringify({ url: '/home' }) });
    await done;
    await worker.stop();
    expect(await run(['tables', '--json'], Tagging, shell)).toBe(0);
    expect(shell.json()[0]).toEqual([expect.objectContaining({ name: 'tags', kind: 'set', key: 'string', value: 'string', keys: 2 })]);
    expect(await run(['tables', 'get', 'tags', '/home'], Tagging, shell)).toBe(0);
    expect(shell.out.lines.at(-1)).toBe('["seen","new"]');
    expect(await run(['tables', 'get', 'tags', '/none'], Tagging, shell)).toBe(1);
  });

  it('lists a join of two streams with how many events wait', async () => {
    const bought = topic('bought', { key: 'string', value: json<View>(), partitions: 3 });
    const both = leftJoin(views, bought, { within: '1h', name: 'both' });
    @App({ id: 'shop', broker: 'kafka://declared:9092' })
    class Joining {
      @Handler(both)
      both(): void {}
      @Handler(views)
      seen(): void {
        Shop.counted();
      }
    }
    let left = 3;
    const done = new Promise<void>((resolve) => {
      Shop.counted = () => --left === 0 && resolve();
    });
    const worker = await Worker.start(Joining, { transport: shell.broker.transport(), environment: {} });
    const producer = await shell.broker.transport().producer();
    for (const url of ['/a', '/b', '/b']) await producer.send({ topic: 'views', key: url, value: JSON.stringify({ url }) });
    await done;
    await worker.stop();
    expect(await run(['tables', '--json'], Joining, shell)).toBe(0);
    expect(shell.json()[0]).toEqual([expect.objectContaining({ name: 'both', kind: 'join', keys: 3 })]);
    expect(await run(['tables', 'get', 'both', '/a'], Joining, shell)).toBe(2);
    expect(shell.err.text).toContain('both holds what waits for a join, and no entries to be read');
  });

  it('lists a join with what it is read from, and reads it not', async () => {
    const pairs = joinTables('pairs', counts, table('prices', { source: topic('prices', { key: 'string', value: 'json' }) }), () => 1);
    @App({ id: 'shop', broker: 'kafka://declared:9092' })
    class Joining {
      @Inject(pairs) readonly pairs!: ReadonlyTable<string, number | undefined>;
      @Handler(views)
      read(): void {}
    }
    expect(await run(['tables'], Joining, shell)).toBe(0);
    expect(shell.out.text).toMatch(/pairs +\| join +\| string +\| counts \+ prices +\| - +\| - +\| - /);
    expect(await run(['tables', 'get', 'pairs', 'x'], Joining, shell)).toBe(2);
    expect(shell.err.text).toContain('pairs is read from counts and prices: ask for these');
  });

  it('says which changelogs are missing', async () => {
    expect(await weir()).toBe(0);
    expect(shell.out.text).toMatch(/counts .* table .* views .* shop-v2-counts-changelog .* missing .* 0/);
  });
});

describe('weir tables get', () => {
  it('prints the value of a key, whichever partition it lives in', async () => {
    await view('/home', '/home', '/prices', '/a', '/b', '/c');
    for (const url of ['/home', '/prices', '/a', '/b', '/c']) expect(await weir('get', 'counts', url)).toBe(0);
    expect(shell.out.lines).toEqual(['2', '1', '1', '1', '1']);
  });

  it('reads a key that is no text as JSON, and looks for one that an event has placed', async () => {
    await view('/home');
    expect(await weir('get', 'lasts', '7', '--json')).toBe(0);
    expect(shell.json()).toEqual([{ table: 'lasts', key: '7', partition: expect.any(Number), value: { url: '/home' } }]);
    expect(await weir('get', 'lasts', 'seven')).toBe(1);
    expect(shell.err.text).toContain('integer takes JSON, got seven');
  });

  it('says that a key is not there, also one that was deleted, or before the app has run', async () => {
    expect(await weir('get', 'counts', '/home')).toBe(1);
    await view('/gone', '/gone', '/gone');
    expect(await weir('get', 'counts', '/gone')).toBe(1);
    expect(shell.err.lines).toEqual(['table counts has no key /home', 'table counts has no key /gone']);
    expect(shell.out.text).toBe('');
  });

  it('prints entries as JSON lines, in the order of their keys, all or those of a range', async () => {
    await view('/a', '/b/1', '/b/2', '/b/2', '/c', '/gone', '/gone', '/gone');
    const scanned = async (...args: string[]) => {
      const before = shell.out.lines.length;
      expect(await weir('scan', 'counts', ...args)).toBe(0);
      return shell.out.lines.slice(before).map((line) => JSON.parse(line) as { key: string; value: number; partition: number });
    };
    const all = await scanned();
    expect(all.map(({ key, value }) => `${key} ${value}`).sort()).toEqual(['/a 1', '/b/1 1', '/b/2 2', '/c 1']);
    expect(all).toEqual([...all].sort((one, other) => one.partition - other.partition || (one.key < other.key ? -1 : 1)));
    const keys = async (...args: string[]) => (await scanned(...args)).map(({ key }) => key).sort();
    expect(await keys('--prefix', '/b')).toEqual(['/b/1', '/b/2']);
    expect(await keys('--from', '/b/2')).toEqual(['/b/2', '/c']);
    expect(await keys('--from', '/b', '--to', '/b/2')).toEqual(['/b/1']);
    expect(await keys('--limit', '2')).toHaveLength(2);
    expect(await weir('scan', 'counts', '--prefix', '/b', '--to', '/c')).toBe(2);
    expect(shell.err.text).toContain('give --prefix, or --from and --to');
    expect(await weir('scan', 'counts', '-n', 'few')).toBe(2);
    expect(shell.err.text).toContain('a whole number of entries');
  });

  it('leaves out what is not committed', async () => {
    await view('/home');
    const producer = await shell.broker.transport().producer({ transactionalId: 'other' });
    await producer.transactions?.begin();
    for (const partition of [0, 1, 2]) producer.append('shop-v2-counts-changelog', '/home', Buffer.alloc(8), partition);
    await producer.flush();
    await producer.transactions?.abort();
    expect(await weir('get', 'counts', '/home')).toBe(0);
    expect(shell.out.lines).toEqual(['1']);
  });

  it('refuses a table that the app does not have, and what is missing', async () => {
    expect(await weir('get', 'count', '/home')).toBe(2);
    expect(shell.err.text).toContain('the app has no table count. Did you mean counts?');
    expect(await run(['tables', 'get', 'counts', 'x'], Tableless, shell)).toBe(2);
    expect(shell.err.text).toContain('It has none');
    expect(await weir('get', 'counts')).toBe(2);
    expect(shell.err.text).toContain('tables get <table> <key> [options]');
    expect(await weir('gt')).toBe(2);
    expect(shell.err.text).toContain('Did you mean get?');
  });

  it('needs an app', async () => {
    expect(await run(['tables'], undefined, shell)).toBe(2);
    expect(shell.err.text).toContain('this command needs an app');
  });
});
