import { afterEach, describe, expect, it } from '@jest/globals';
import { App, type Event, Handler, Inject, type Table, type TableChange, Timer, table, topic } from '@weir/core';
import { TestApp } from '@weir/testing';

const start = Date.parse('2026-01-01');
const minute = 60_000;
const logins = topic('logins', { key: 'string', value: 'string' });
const seen = table('seen', { key: 'string', value: 'long', default: 0, ttl: '10m' });

let app: TestApp;
afterEach(() => app?.stop());

@App({ id: 'sessions' })
class Sessions {
  readonly read: unknown[] = [];
  constructor(@Inject(seen) readonly seen: Table<string, number>) {}

  @Handler(logins)
  async login(what: string, { key }: { readonly key: string | null }): Promise<void> {
    if (what === 'in') this.seen.update(key ?? '', (n) => n + 1);
    if (what === 'look') {
      let entries = 0;
      for await (const _ of this.seen.entries()) entries++;
      this.read.push([this.seen.get(key ?? ''), this.seen.has(key ?? ''), entries]);
    }
    if (what === 'fail') throw new Error('refused');
  }
}

const at = (key: string, minutes: number, value = 'in') => ({ key, value, timestamp: start + minutes * minute });
const tombstones = (topic: string) =>
  app.broker.messages(topic).filter(({ value, headers }) => value === null && headers.length === 0).length;

describe.each([
  ['at-least-once', 'memory://'],
  ['exactly-once', 'memory://'],
  ['at-least-once', 'level://'],
  ['exactly-once', 'level://'],
] as const)('a table with a ttl, %s, %s', (guarantee, store) => {
  const begin = async () => {
    app = await TestApp.start(Sessions, { overrides: { guarantee, store }, start });
  };
  const keys = () =>
    app
      .table(seen)
      .entries()
      .map(([key, n]) => `${key}=${n}`);

  it('forgets an entry ttl after the event that wrote it last, by event time, and the changelog hears of it', async () => {
    await begin();
    await app.send(logins, [at('a', 0), at('b', 5), at('a', 6), at('c', 15)]);
    await app.settled();
    expect(keys()).toEqual(['a=2', 'b=1', 'c=1']);
    await app.send(logins, [at('z', 15.1, 'nothing')]);
    await app.settled();
    expect([keys(), app.get(Sessions).seen.get('b'), app.get(Sessions).seen.has('b')]).toEqual([['a=2', 'c=1'], 0, false]);
    await app.send(logins, [at('z', 17, 'nothing')]);
    await app.advance('2s');
    expect([keys(), app.get(Sessions).seen.size, tombstones('sessions-seen-changelog')]).toEqual([['c=1'], 1, 2]);
  });

  it('counts anew when a key comes back', async () => {
    await begin();
    await app.send(logins, [at('a', 0), at('z', 11, 'nothing'), at('a', 11)]);
    await app.settled();
    expect(keys()).toEqual(['a=1']);
  });

  it('has forgotten for an event what expires by its own time', async () => {
    await begin();
    await app.send(logins, [at('a', 0), at('b', 0), at('a', 11), at('b', 11, 'look')]);
    await app.settled();
    expect([app.get(Sessions).read, keys()]).toEqual([[[0, false, 1]], ['a=1']]);
    await app.crash();
    await app.restart();
    await app.send(logins, [at('a', 22, 'look'), at('a', 22)]);
    await app.settled();
    expect([app.get(Sessions).read, keys()]).toEqual([[[0, false, 0]], ['a=1']]);
  });

  it('forgets at once what a late event writes', async () => {
    await begin();
    await app.send(logins, [at('z', 11, 'nothing'), at('a', 0.5), at('a', 11, 'look')]);
    await app.settled();
    expect([app.get(Sessions).read, keys()]).toEqual([[[0, false, 0]], []]);
  });

  it('knows after a crash, with its disk or without, how far the time had come', async () => {
    for (const datadir of ['kept', 'lost'] as const) {
      await begin();
      await app.send(logins, [at('a', 0), at('b', 5)]);
      await app.settled();
      await app.send(logins, [at('z', 12, 'nothing')]);
      await app.settled();
      await app.crash();
      await app.restart({ datadir });
      await app.send(logins, [at('late', 1), at('b', 12, 'look'), at('late', 12, 'look'), at('a', 12, 'look')]);
      await app.settled();
      expect(app.get(Sessions).read).toEqual([
        [1, true, 1],
        [0, false, 1],
        [0, false, 1],
      ]);
      await app.stop();
    }
  });

  it('goes by events that are skipped or set aside, too, and not by those of more than an hour from now', async () => {
    await begin();
    await app.send(logins, [at('a', 0), at('z', 11, 'fail')]);
    await app.advance('1m');
    expect(keys()).toEqual([]);
    await app.send(logins, [at('b', 55), at('wrong', 600_000, 'nothing'), at('b', 60, 'look')]);
    await app.settled();
    expect(app.get(Sessions).read).toEqual([[1, true, 1]]);
  });
});

describe('a table with a ttl', () => {
  @App({ id: 'timed' })
  class Timed {
    constructor(@Inject(seen) readonly seen: Table<string, number>) {}

    @Handler(logins)
    login(_: string): void {}

    @Timer('1m', { per: seen })
    mark(): void {
      this.seen.set('mark', 1);
    }
  }

  it('takes what a timer writes as of the time of its partition', async () => {
    app = await TestApp.start(Timed, { start });
    await app.send(logins, [at('a', 5)]);
    await app.advance('61s');
    await app.send(logins, [at('a', 14)]);
    await app.settled();
    expect(app.table(seen).has('mark')).toBe(true);
    await app.send(logins, [at('a', 16)]);
    await app.settled();
    expect(app.table(seen).has('mark')).toBe(false);
  });
});

describe.each(['at-least-once', 'exactly-once'] as const)('the changes of a table with a ttl, %s', (guarantee) => {
  const lengths = table('lengths', { key: 'string', value: 'long', default: 0, ttl: '10m' });

  class Following {
    readonly told: unknown[] = [];
    constructor(@Inject(lengths) readonly lengths: Table<string, number>) {}

    @Handler(seen.changes)
    follow({ key, value, previous }: TableChange<string, number>, { timestamp }: Event): void {
      this.told.push([key, previous, value, (timestamp - start) / minute]);
      this.lengths.update(key, (n) => n + 1);
    }
  }

  class Leaving {
    constructor(@Inject(seen) readonly seen: Table<string, number>) {}
    @Handler(logins)
    login(what: string, { key }: Event<string, string>): void {
      if (what === 'in') this.seen.update(key ?? '', (n) => n + 1);
      if (what === 'out') this.seen.delete(key ?? '');
    }
  }

  @App({ id: 'following', providers: [Following, Leaving] })
  class Both {}

  // Tombstones had the time of the clock: whoever read old events saw a table over the changes expire at once.
  it('tell of what has expired, and go by event time, as those do that delete', async () => {
    app = await TestApp.start(Both, { overrides: { guarantee }, start: start + 1_000_000 * minute });
    for (const event of [at('a', 0), at('b', 5), at('b', 6, 'out'), at('c', 7), at('z', 11, 'nothing')]) {
      await app.send(logins, event);
      await app.settled();
    }
    await app.advance('5s');
    const told = [
      ['a', undefined, 1, 0],
      ['b', undefined, 1, 5],
      ['b', 1, undefined, 6],
      ['c', undefined, 1, 7],
      ['a', 1, undefined, 11],
    ];
    expect(app.get(Following).told).toEqual(told);
    expect(Object.fromEntries(app.table(lengths).entries())).toEqual({ a: 1, b: 2, c: 1 });
    expect(app.sent(seen.changes).map(({ key, value }) => [key, value.previous, value.value])).toEqual(
      told.map((each) => each.slice(0, 3)),
    );
  });
});
