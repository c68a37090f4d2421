import { afterEach, describe, expect, it } from '@jest/globals';
import { App, CLOCK, type Clock, Handler, Inject, json, type SetTable, setTable, Timer, topic } from '@weir/core';
import { TestApp } from '@weir/testing';

interface Command {
  readonly add?: readonly string[];
  readonly remove?: readonly string[];
  readonly isDeleted?: boolean;
  readonly how?: 'fails' | 'fails once' | 'waits';
}

const commands = topic('commands', { key: 'string', value: json<Command>() });
const tags = setTable('tags', { key: 'string', value: 'string' });

@App({ id: 'tagging' })
class Tagging {
  failed = false;
  seen: string[] = [];
  constructor(
    @Inject(tags) readonly tags: SetTable<string, string>,
    @Inject(CLOCK) readonly clock: Clock,
  ) {}

  @Handler(commands, { concurrency: { by: 'none', max: 8 } })
  async command({ add = [], remove = [], isDeleted, how }: Command, event: { readonly key: string | null }): Promise<void> {
    const key = String(event.key);
    const before = this.tags.get(key).size;
    this.tags.add(key, ...add);
    this.tags.remove(key, ...remove);
    if (isDeleted) this.tags.delete(key);
    this.seen.push([...this.tags.get(key)].sort().join());
    if (how === 'waits') await this.clock.sleep(1_000);
    if (how === 'waits') this.tags.add(key, `had ${before}`);
    if (how === 'fails' || (how === 'fails once' && !this.failed)) {
      this.failed = true;
      throw new Error('told to');
    }
  }

  @Timer('1h', { per: tags })
  forget(): void {
    for (const key of this.tags.keys()) if (key.startsWith('old')) this.tags.delete(key);
  }
}

let app: TestApp;
afterEach(() => app?.stop());

const send = (key: string, value: Command) => app.send(commands, { key, value });
const sorted = (key: string) => [...app.table(tags).get(key)].sort();
const each = (['memory://', 'level://'] as const).flatMap((store) =>
  (['at-least-once', 'exactly-once'] as const).map((guarantee) => [store, guarantee] as const),
);

describe.each(each)('a table of sets, %s, %s', (store, guarantee) => {
  const overrides = { store, guarantee, errors: { retry: { attempts: 1, backoff: '1s' } } } as const;

  it('adds and takes out, over restarts, crashes, the loss of the disk and moves between workers', async () => {
    app = await TestApp.start(Tagging, { overrides, partitions: 3 });
    await send('a', { add: ['x', 'y', 'z'] });
    await send('b', { add: ['x'] });
    await app.settled();
    await app.restart();
    await send('a', { remove: ['y', 'none'], add: ['x', 'w'] });
    await app.settled();
    await app.crash();
    await app.restart();
    await app.settled();
    const second = await app.join();
    await send('b', { add: ['u'] });
    await send('c', { add: ['gone'] });
    await app.settled();
    await send('c', { isDeleted: true });
    await app.settled();
    await second.crash();
    await app.advance('1m');
    await app.restart({ datadir: 'lost' });
    await send('a', { add: ['v'] });
    await app.settled();
    const own = app.get(Tagging).tags;
    expect([...own.get('a')].sort()).toEqual(['v', 'w', 'x', 'z']);
    expect([own.has('a', 'v'), own.has('a', 'y'), own.has('c', 'gone'), own.get('c').size]).toEqual([true, false, false, 0]);
    expect([...own.keys()].sort()).toEqual(['a', 'b']);
    expect([sorted('a'), sorted('b'), app.table(tags).keys().sort(), app.table(tags).size]).toEqual([
      ['v', 'w', 'x', 'z'],
      ['u', 'x'],
      ['a', 'b'],
      6,
    ]);
    expect(app.get(Tagging).seen).toEqual(['v,w,x,z']);
  });

  it('has nothing of attempts that failed', async () => {
    app = await TestApp.start(Tagging, { overrides });
    await send('a', { add: ['x'], how: 'fails' });
    await send('a', { add: ['y'], how: 'fails once' });
    await app.advance('10s');
    expect([sorted('a'), [...app.get(Tagging).tags.get('a')]]).toEqual([['y'], ['y']]);
  });

  it('runs an attempt again that has read a set which another has changed since', async () => {
    app = await TestApp.start(Tagging, { overrides });
    await send('a', { add: ['slow'], how: 'waits' });
    await app.settled({ running: 1 });
    await send('a', { add: ['quick'] });
    await app.advance('10s');
    expect(sorted('a')).toEqual(['had 1', 'quick', 'slow']);
  });

  it('writes an entry for each element that is new or gone, whatever the size of the set', async () => {
    app = await TestApp.start(Tagging, { overrides });
    await send('a', { add: Array.from({ length: 200 }, (_, index) => `e${index}`) });
    await app.settled();
    await send('a', { add: ['e5', 'new'], remove: ['e7'] });
    await app.settled();
    expect(app.broker.messages('tagging-tags-changelog')).toHaveLength(202);
    expect(app.table(tags).get('a').size).toBe(200);
  });

  it('can be looked through by a timer of its parts', async () => {
    app = await TestApp.start(Tagging, { overrides, partitions: 3 });
    for (const key of ['old 1', 'old 2', 'new']) await send(key, { add: ['x'] });
    await app.settled();
    await app.advance('1h');
    expect(app.table(tags).keys()).toEqual(['new']);
  });
});

describe('a table of sets', () => {
  it('tells sets and elements apart that are one text together, and takes keys of any length', async () => {
    app = await TestApp.start(Tagging);
    const long = 'k'.repeat(300);
    await send('ab', { add: ['c'] });
    await send('a', { add: ['bc', ''] });
    await send(long, { add: ['ž', '💧'] });
    await app.settled();
    expect([sorted('ab'), sorted('a'), sorted(long)]).toEqual([['c'], ['', 'bc'], ['ž', '💧']]);
  });

  it('is not written outside of events, nor for a key that lies elsewhere', async () => {
    const found: string[] = [];
    @App({ id: 'elsewhere' })
    class Elsewhere {
      constructor(@Inject(tags) readonly tags: SetTable<string, string>) {}
      @Handler(commands)
      write(): void {
        for (const key of ['a', 'b', 'c', 'd', 'e'])
          try {
            this.tags.add(key, 'x');
            found.push('written');
          } catch (error) {
            found.push((error as { readonly code: string }).code);
          }
      }
    }
    app = await TestApp.start(Elsewhere, { partitions: 5 });
    await send('a', {});
    await app.settled();
    expect(new Set(found)).toEqual(new Set(['written', 'KEY_MISPLACED']));
    expect(() => app.get(Elsewhere).tags.add('a', 'x')).toThrow(expect.objectContaining({ code: 'WRITE_OUTSIDE_EVENT' }));
  });
});
