import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync, utimesSync, watch, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { pino } from 'pino';
import { RecentEvents } from '../lanes/index.js';
import { ThreadGuard } from '../supervision/thread-guard.js';
import { SystemClock } from '../time/index.js';
import { MembershipFile } from './membership-file.js';

let datadir: string;
let lines: string[];

const logger = pino({}, { write: (line: string) => void lines.push((JSON.parse(line) as { msg: string }).msg) });
const openAs = (member: string | undefined, group = 'shop') =>
  MembershipFile.open({ datadir, group, member, clock: new SystemClock(), logger });
const open = (member = 'one') => openAs(member) as MembershipFile;
const at = (...partitions: readonly number[]) => partitions.map((partition) => ({ topic: 'orders', partition }));

beforeEach(() => {
  datadir = mkdtempSync(path.join(tmpdir(), 'members-'));
  lines = [];
});

afterEach(() => rmSync(datadir, { recursive: true, force: true }));

describe('the notes of a membership', () => {
  it('tell the next process of the name what the last one had, and when it was alive', () => {
    expect(open().former).toBeUndefined();
    const notes = open();
    notes.keep({ topics: ['orders'], partitions: at(0, 1) }, true);
    const seen = new Date(1_000 * Math.floor(Date.now() / 1_000 - 60));
    utimesSync(notes.files[0], seen, seen);
    expect(open().former).toEqual({ topics: ['orders'], partitions: at(0, 1), seenAt: seen.getTime() });
    expect(open('two').former).toBeUndefined();
  });

  it('have what was given up for as long as the group may not know of it', () => {
    const notes = open();
    notes.keep({ topics: ['orders'], partitions: at(0, 1) }, true);
    notes.keep({ topics: ['orders', 'refunds'], partitions: at(1, 2) }, false);
    expect(open().former).toMatchObject({ topics: ['orders'], partitions: at(0, 1, 2) });
    notes.keep({ topics: ['orders', 'refunds'], partitions: at(1, 2) }, true);
    expect(open().former).toMatchObject({ topics: ['orders', 'refunds'], partitions: at(1, 2) });
  });

  it('have what the process before had until then: it may end at once, too', () => {
    open().keep({ topics: ['orders'], partitions: at(0, 1) }, true);
    open().keep({ topics: ['orders'], partitions: at(1) }, false);
    expect(open().former).toMatchObject({ partitions: at(0, 1) });
    open().keep({ topics: ['orders'], partitions: at(1) }, true);
    expect(open().former).toMatchObject({ partitions: at(1) });
  });

  it('stay where the worker stays a member when it stops, and go where it leaves', () => {
    const notes = open();
    notes.keep({ topics: ['orders'], partitions: at(0) }, true);
    notes.close(false, true);
    expect(open().former).toMatchObject({ partitions: at(0) });
    writeFileSync(`${notes.files[0]}.new`, 'a process was killed while it wrote this');
    notes.close(true, true);
    expect(open().former).toBeUndefined();
    expect(existsSync(datadir)).toBe(false);
  });

  it('stay where the group may not have heard that the worker leaves', () => {
    const notes = open();
    notes.keep({ topics: ['orders'], partitions: at(0) }, true);
    notes.close(true, false);
    expect(open().former).toMatchObject({ partitions: at(0) });
    notes.unheard();
    notes.close(true, true);
    expect(open().former).toMatchObject({ partitions: at(0) });
  });

  it('go when nobody has touched them for a day', () => {
    const [pod, container] = [open('pod-1'), openAs(undefined) as MembershipFile];
    for (const notes of [pod, container]) notes.keep({ topics: ['orders'], partitions: at(0) }, true);
    writeFileSync(`${pod.files[0]}.new`, '');
    const old = [...pod.files, `${pod.files[0]}.new`, ...container.files];
    const day = new Date(Date.now() - 24 * 3_600_000 - 1_000);
    for (const file of old) utimesSync(file, day, day);
    const alive = open('pod-2');
    alive.keep({ topics: ['orders'], partitions: at(0) }, true);
    open('pod-3');
    expect([...old, ...alive.files].filter(existsSync)).toEqual(alive.files);
  });

  it('say nothing where they cannot be read', () => {
    const notes = open();
    notes.keep({ topics: ['orders'], partitions: at(0) }, true);
    for (const text of ['', '{"topics":', 'null', '{"topics":["orders"]}', '{"topics":1,"partitions":[{}]}']) {
      writeFileSync(notes.files[0], text);
      expect(open().former).toBeUndefined();
    }
  });

  it('say once that they cannot be written, and stop nobody', () => {
    writeFileSync(path.join(datadir, 'members'), '');
    const notes = open();
    for (const partition of [0, 1]) notes.keep({ topics: ['orders'], partitions: at(partition) }, true);
    notes.close(true, true);
    expect(lines).toEqual([expect.stringMatching(/^cannot write to .*members: .* Give a folder that can be written as datadir$/)]);
  });

  it('are touched by another thread while the worker is alive, which writes none', async () => {
    const notes = openAs(undefined) as MembershipFile;
    const guard = new ThreadGuard({ recent: new RecentEvents(), logger, notes: notes.files, limitMs: 60_000 });
    try {
      notes.keep({ topics: ['orders'], partitions: at(0) }, true);
      for (const file of notes.files) {
        utimesSync(file, 60, 60);
        const watcher = watch(file);
        await once(watcher, 'change');
        watcher.close();
        expect(statSync(file).mtimeMs).toBeGreaterThan(60_000);
      }
      notes.close(true, true);
      expect(notes.files.filter(existsSync)).toEqual([]);
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
  const own = (group?: string) => openAs(undefined, group) as MembershipFile;

  it('has one of its own, another for each worker and group', () => {
    const names = [own(), own(), own('bank')].map(({ member }) => member);
    expect(new Set(names).size).toBe(3);
    expect(own().isOwn).toBe(true);
    expect(open().isOwn).toBe(false);
  });

  it('takes over that of a process that was killed, with its membership, and once', () => {
    const first = own();
    first.keep({ topics: ['orders'], partitions: at(0, 1) }, true);
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
    notes.keep({ topics: ['orders'], partitions: at(0) }, true);
    notes.close(true, true);
    expect(existsSync(datadir)).toBe(false);
  });

  it('keeps it for the next where the group may not have heard that it leaves', () => {
    const first = own();
    first.keep({ topics: ['orders'], partitions: at(0) }, true);
    first.close(true, false);
    const next = own();
    expect([next.member, next.former?.partitions]).toEqual([first.member, at(0)]);
  });

  it('has it to itself, also where another found it left behind a while ago and takes it only now', () => {
    const first = own();
    first.close(false, false);
    const [found] = readdirSync(folder());
    expect(own().member).toBe(first.member);
    expect(() => renameSync(path.join(folder(), found), path.join(folder(), 'taken'))).toThrow('ENOENT');
  });

  it('shares it with no other copy of this module', async () => {
    const first = own();
    jest.resetModules();
    const copy = await import('./membership-file.js');
    expect(copy.MembershipFile).not.toBe(MembershipFile);
    const other = copy.MembershipFile.open({ datadir, group: 'shop', member: undefined, clock: new SystemClock(), logger });
    expect(other?.member).not.toBe(first.member);
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
