import { afterEach, describe, expect, it } from '@jest/globals';
import { App, Handler, Inject, type Table, Timer, table, topic } from '@weir/core';
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
