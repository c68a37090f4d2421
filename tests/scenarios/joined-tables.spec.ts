import { afterEach, describe, expect, it } from '@jest/globals';
import {
  App,
  globalTable,
  Handler,
  Inject,
  joinTables,
  json,
  leftJoinTables,
  merge,
  message,
  outerJoinTables,
  type ReadonlyTable,
  type Table,
  table,
  topic,
} from '@weir/core';
import { TestApp } from '@weir/testing';

interface Profile {
  readonly name: string;
}

const views = topic('views', { key: 'string', value: 'string' });
const profiles = topic('profiles', { key: 'string', value: json<Profile>() });
const counts = table('counts', { key: 'string', value: 'long', default: 0 });
const byUser = table('profiles', { source: profiles, default: { name: 'nobody' } });
const everywhere = globalTable('everywhere', { source: profiles });
const named = joinTables('named', counts, byUser, (n, { name }) => (n > 99 ? undefined : `${name} ${n}`));
const all = leftJoinTables('all', counts, everywhere, (n, profile) => `${profile?.name ?? '?'} ${n}`);
const nested = joinTables('nested', named, all, (one, other) => `${one}, ${other}`);

@App({ id: 'joining' })
class Joining {
  seen: unknown[] = [];
  constructor(
    @Inject(counts) readonly counts: Table<string, number>,
    @Inject(named) readonly named: ReadonlyTable<string, string | undefined>,
    @Inject(all) readonly all: ReadonlyTable<string, string | undefined>,
    @Inject(nested) readonly nested: ReadonlyTable<string, string | undefined>,
  ) {}

  @Handler(views)
  async view(user: string): Promise<void> {
    if (user.startsWith('-')) this.counts.delete(user.slice(1));
    else this.counts.update(user, (n) => n + 1);
    const entries: unknown[] = [];
    for await (const [key] of this.named.entries()) entries.push(key);
    this.seen.push([this.named.get(user), entries]);
  }
}

const outer = outerJoinTables('any', counts, byUser, (n, profile) => `${profile?.name ?? '?'} ${n ?? 0}`);

@App({ id: 'outer' })
class Outer {
  constructor(
    @Inject(counts) readonly counts: Table<string, number>,
    @Inject(outer) readonly any: ReadonlyTable<string, string | undefined>,
  ) {}

  @Handler(views)
  view(user: string): void {
    this.counts.update(user, (n) => n + 1);
  }
}

const limitsSet = topic('limits', { key: 'string', value: 'long' });
const limits = table('limits', { key: 'string', value: 'long' });
const used = outerJoinTables('used', counts, limits, (n = 0, max) => (max === undefined ? undefined : `${n} of ${max}`));
const limited = topic('limited', { key: 'string', value: 'string' });

@App({ id: 'following' })
class Following {
  constructor(
    @Inject(counts) readonly counts: Table<string, number>,
    @Inject(limits) readonly limits: Table<string, number | undefined>,
    @Inject(used) readonly used: ReadonlyTable<string, string | undefined>,
  ) {}

  @Handler(views)
  view(user: string): void {
    if (user.startsWith('-')) this.counts.delete(user.slice(1));
    else this.counts.update(user, (n) => n + 1);
  }

  @Handler(limitsSet)
  limit(max: number, { key }: { readonly key: string | null }): void {
    this.limits.set(String(key), max);
  }

  @Handler(merge(counts.changes, limits.changes), { sinks: [limited] })
  changed({ key }: { readonly key: string }) {
    const value = this.used.get(key);
    return value === undefined ? undefined : message({ key, value });
  }
}

let app: TestApp;
afterEach(() => app?.stop());

const view = (...users: string[]) =>
  app.send(
    views,
    users.map((user) => ({ key: user.replace('-', ''), value: user })),
  );
const profile = (user: string, name: string | null) => app.send(profiles, { key: user, value: name === null ? (null as never) : { name } });

const limit = (user: string, max: number) => app.send(limitsSet, { key: user, value: max });

async function read(entries: AsyncIterable<readonly [string, string]>): Promise<string[]> {
  const found: string[] = [];
  for await (const [key, value] of entries) found.push(`${key}: ${value}`);
  return found;
}

describe.each(['memory://', 'level://'] as const)('a join of tables, %s', (store) => {
  it('has what both have, as they are now, and in an attempt with what that has written', async () => {
    app = await TestApp.start(Joining, { overrides: { store } });
    await profile('a', 'Ann');
    await profile('b', 'Bob');
    await app.settled();
    await view('a', 'c');
    await app.settled();
    await view('a', 'b');
    await app.settled();
    expect(app.get(Joining).seen).toEqual([
      ['Ann 1', ['a']],
      [undefined, ['a']],
      ['Ann 2', ['a']],
      ['Bob 1', ['a', 'b']],
    ]);
    const joining = app.get(Joining);
    expect([joining.named.get('a'), joining.named.has('c'), joining.all.get('c'), joining.nested.get('a')]).toEqual([
      'Ann 2',
      false,
      '? 1',
      'Ann 2, Ann 2',
    ]);
    await profile('c', 'Cem');
    await profile('a', null);
    await view('-b');
    await app.settled();
    expect(await read(joining.named.entries() as never)).toEqual(['c: Cem 1']);
    expect(await read(joining.all.entries() as never)).toEqual(['a: ? 2', 'c: Cem 1']);
    expect(await read(joining.all.range('b', 'd') as never)).toEqual(['c: Cem 1']);
    expect(await read(joining.all.prefix('a') as never)).toEqual(['a: ? 2']);
    expect(await read(joining.nested.entries() as never)).toEqual(['c: Cem 1, Cem 1']);
    expect([app.table(named).get('c'), app.table(all).size, app.table(nested).entries()]).toEqual(['Cem 1', 2, [['c', 'Cem 1, Cem 1']]]);
  });
});

describe('a join of tables', () => {
  it('counts what is there in memory', async () => {
    app = await TestApp.start(Joining);
    await profile('a', 'Ann');
    await view('a', 'b');
    await app.settled();
    expect([app.get(Joining).named.size, app.get(Joining).all.size]).toEqual([1, 2]);
  });

  it('leaves out what combine makes undefined', async () => {
    app = await TestApp.start(Joining);
    await profile('a', 'Ann');
    await view(...Array.from({ length: 100 }, () => 'a'));
    await app.settled();
    expect([app.get(Joining).named.has('a'), app.get(Joining).named.size, app.table(named).size]).toEqual([false, 0, 0]);
  });

  it('has with outerJoinTables what only one of the two has', async () => {
    app = await TestApp.start(Outer);
    await profile('b', 'Bob');
    await profile('c', 'Cem');
    await view('a', 'c');
    await app.settled();
    const { any } = app.get(Outer);
    expect([any.get('a'), any.get('b'), any.get('c'), any.has('d'), any.size]).toEqual(['? 1', 'Bob 0', 'Cem 1', false, 3]);
    expect(app.table(outer).size).toBe(3);
    expect([...any.entries()].map(([key]) => key)).toEqual(['a', 'b', 'c']);
  });

  // How an agent follows a join: it reads what changes in the two, and the join beside.
  it('is followed through the changes of its tables: the last result of each key is that of the join', async () => {
    app = await TestApp.start(Following);
    await view('a', 'b', 'a');
    await limit('a', 5);
    await app.settled();
    await view('a');
    await limit('b', 1);
    await app.settled();
    await view('-b');
    await app.settled();
    const last = new Map(app.sent(limited).map(({ key, value }) => [key, value]));
    expect(app.table(used).entries().length).toBe(2);
    expect(Object.fromEntries(last)).toEqual({ a: '3 of 5', b: '0 of 1' });
  });

  it('has its faults told at the start', async () => {
    const other = table('other', { key: 'integer', value: 'long' });
    const wrong = joinTables('wrong', everywhere, counts, undefined as never);
    const mixed = joinTables('mixed', counts, other as never, () => 1);
    const missing = joinTables('missing', counts, undefined as never, () => 1);
    const spread = outerJoinTables('spread', counts, everywhere, () => 1);
    @App({ id: 'wrong' })
    class Wrong {
      @Inject(wrong) readonly wrong!: unknown;
      @Inject(mixed) readonly mixed!: unknown;
      @Inject(missing) readonly missing!: unknown;
      @Inject(spread) readonly spread!: unknown;
      @Handler(views)
      read(): void {}
    }
    const started = TestApp.start(Wrong);
    await expect(started).rejects.toThrow(/its left table everywhere is whole on every worker, and counts is not/);
    await expect(started).rejects.toThrow(/its combine is nothing/);
    await expect(started).rejects.toThrow(/its right table everywhere is whole on every worker, and counts is not: .* Use leftJoinTables/s);
    await expect(started).rejects.toThrow(/the keys of counts are written as string and those of other as integer/);
    await expect(started).rejects.toThrow(/its right table is nothing/);
  });
});
