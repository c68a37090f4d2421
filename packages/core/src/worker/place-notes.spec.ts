import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync, utimesSync, watch, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { Begun } from '../agents/index.js';
import { sleepOn } from '../time/index.js';
import { PlaceNotes } from './place-notes.js';
import { ThreadGuard } from './thread-guard.js';

let datadir: string;
let lines: string[];
let due: (() => void) | undefined;

/** Nothing is due before the test says so. */
const clock = {
  now: () => 0,
  after: (_ms: number, call: () => void) => {
    due = call;
    return () => {
      due = undefined;
    };
  },
  sleep: (ms: number): Promise<void> => sleepOn(clock, ms),
};
const logger = pino({}, { write: (line: string) => void lines.push((JSON.parse(line) as { msg: string }).msg) });
const openAs = (member: string | undefined, group = 'shop') => PlaceNotes.open({ datadir, group, member, clock, logger });
const open = (member = 'one') => openAs(member) as PlaceNotes;
const at = (...partitions: readonly number[]) => partitions.map((partition) => ({ topic: 'orders', partition }));

beforeEach(() => {
  datadir = mkdtempSync(path.join(tmpdir(), 'places-'));
  lines = [];
  due = undefined;
});

afterEach(() => rmSync(datadir, { recursive: true, force: true }));

describe('the notes of a place in a group', () => {
  it('tell the next process of the name what the last one had, and when it was alive', () => {
    expect(open().former).toBeUndefined();
    const notes = open();
    notes.keep({ topics: ['orders'], partitions: at(0, 1) });
    utimesSync(notes.file, 60, 60);
    expect(open().former).toEqual({ topics: ['orders'], partitions: at(0, 1), seenAt: 60_000 });
    expect(open('two').former).toBeUndefined();
  });

  it('have what was given up for as long as the group may not know of it', () => {
    const notes = open();
    notes.keep({ topics: ['orders'], partitions: at(0, 1) });
    notes.keep({ topics: ['orders', 'refunds'], partitions: at(1, 2) });
    expect(open().former).toMatchObject({ topics: ['orders'], partitions: at(0, 1, 2) });
    due?.();
    expect(open().former).toMatchObject({ topics: ['orders', 'refunds'], partitions: at(1, 2) });
  });

  it('have what the process before had until then: it may end at once, too', () => {
    open().keep({ topics: ['orders'], partitions: at(0, 1) });
    open().keep({ topics: ['orders'], partitions: at(1) });
    expect(open().former).toMatchObject({ partitions: at(0, 1) });
    due?.();
    expect(open().former).toMatchObject({ partitions: at(1) });
  });

  it('stay where the worker keeps its place when it stops, and go where it leaves', () => {
    const notes = open();
    notes.keep({ topics: ['orders'], partitions: at(0) });
    notes.close(false, true);
    expect(due).toBeUndefined();
    expect(open().former).toMatchObject({ partitions: at(0) });
    notes.close(true, true);
    expect(open().former).toBeUndefined();
    expect(existsSync(datadir)).toBe(false);
  });

  it('say nothing where they cannot be read', () => {
    const notes = open();
    notes.keep({ topics: ['orders'], partitions: at(0) });
    for (const text of ['', '{"topics":', 'null', '{"topics":["orders"]}', '{"topics":1,"partitions":[{}]}']) {
      writeFileSync(notes.file, text);
      expect(open().former).toBeUndefined();
    }
  });

  it('say once that they cannot be written, and stop nobody', () => {
    writeFileSync(path.join(datadir, 'members'), '');
    const notes = open();
    for (const partition of [0, 1]) notes.keep({ topics: ['orders'], partitions: at(partition) });
    notes.close(true, true);
    expect(lines).toEqual([expect.stringMatching(/^cannot write to .*members: .* Give a folder that can be written as datadir$/)]);
  });

  it('are touched by another thread while the worker is alive, which writes none', async () => {
    const notes = open();
    const guard = new ThreadGuard({ begun: new Begun(), logger, note: notes.file, limitMs: 60_000 });
    try {
      notes.keep({ topics: ['orders'], partitions: at(0) });
      utimesSync(notes.file, 60, 60);
      const watcher = watch(notes.file);
      await once(watcher, 'change');
      watcher.close();
      expect(statSync(notes.file).mtimeMs).toBeGreaterThan(60_000);
      notes.close(true, true);
      expect(existsSync(notes.file)).toBe(false);
    } finally {
      guard.stop();
    }
  });
});

describe('a worker that was given no name', () => {
  const folder = () => path.join(datadir, 'members');
  /** As if another process had it. */
  const giveTo = (member: string, pid: number) => {
    const name = readdirSync(folder()).find((file) => file.endsWith(`.${member}`)) as string;
    renameSync(path.join(folder(), name), path.join(folder(), name.replace(`.${process.pid}.`, `.${pid}.`)));
  };
  /** A process that is gone, and whose number nobody has. */
  const gone = spawnSync(process.execPath, ['-e', '']).pid as number;
  const own = (group?: string) => openAs(undefined, group) as PlaceNotes;

  it('has one of its own, another for each worker and group', () => {
    const names = [own(), own(), own('bank')].map(({ member }) => member);
    expect(new Set(names).size).toBe(3);
    expect(own().isOwn).toBe(true);
    expect(open().isOwn).toBe(false);
  });

  it('takes over that of a process that was killed, with its place, and once', () => {
    const first = own();
    first.keep({ topics: ['orders'], partitions: at(0, 1) });
    giveTo(first.member, gone);
    const others = [own(), own(), own('bank')];
    expect(others.map(({ member }) => member === first.member)).toEqual([true, false, false]);
    expect(others[0].former).toMatchObject({ topics: ['orders'], partitions: at(0, 1) });
  });

  it('leaves that of a process that lives', () => {
    const first = own();
    giveTo(first.member, process.ppid);
    expect(own().member).not.toBe(first.member);
  });

  it('gives it up with a stop in order, and leaves nothing behind', () => {
    const notes = own();
    notes.keep({ topics: ['orders'], partitions: at(0) });
    notes.close(true, true);
    expect(existsSync(datadir)).toBe(false);
  });

  it('keeps it for the next where the group may not have heard that it leaves', () => {
    const first = own();
    first.keep({ topics: ['orders'], partitions: at(0) });
    first.close(true, false);
    const next = own();
    expect([next.member, next.former]).toEqual([first.member, undefined]);
  });

  it('has none where it cannot be written, and says what that costs', () => {
    writeFileSync(folder(), '');
    expect(openAs(undefined)).toBeUndefined();
    expect(lines).toEqual([expect.stringMatching(/^cannot write to .*: the partitions of this worker, should it be killed, wait/)]);
  });

  it('leaves those of other machines and containers', () => {
    const first = own();
    giveTo(first.member, gone);
    const [name] = readdirSync(folder());
    const [group, space, ...rest] = name.split('.');
    renameSync(path.join(folder(), name), path.join(folder(), [group, space.replace(/./g, '0'), ...rest].join('.')));
    expect(own().member).not.toBe(first.member);
  });
});
