import { beforeEach, describe, expect, it } from '@jest/globals';
import { VirtualClock } from '@weir/core/internal/time';
import { pino } from 'pino';
import { FakeOutput } from '../fake-shell.fixture.js';
import type { RecoveryState } from './recovery-format.js';
import { progressBar, progressLog, type RecoveryDisplay, RecoveryProgress } from './recovery-progress.js';
import { StatusLine } from './status-line.js';

let clock: VirtualClock;
let shown: (RecoveryState | 'end')[];
let progress: RecoveryProgress;

beforeEach(() => {
  clock = new VirtualClock();
  shown = [];
  progress = new RecoveryProgress({ update: (state) => void shown.push(state), end: () => void shown.push('end') }, clock);
});

/** A second passes, and it is told of some partitions of a changelog. */
async function round(to: RecoveryProgress, partitions: Readonly<Record<number, readonly [position: number, entries: number]>>, more = {}) {
  clock.advanceTo(clock.now() + 1_000);
  for (const [partition, [position, entries]] of Object.entries(partitions))
    to.recovering({ topic: 'counts-changelog', partition: Number(partition), position, end: 1_000, entries, stillMs: 0, ...more });
  await Promise.resolve();
}

describe('the progress of a recovery', () => {
  it('is summed up once a round, with the pace since the one before', async () => {
    await round(progress, { 0: [200, 150], 1: [-1, 0] });
    await round(progress, { 0: [700, 600], 1: [300, 300] });
    expect(shown).toEqual([
      { partitions: 2, read: 150, remaining: 1_800, perSecond: 150 },
      { partitions: 2, read: 900, remaining: 1_000, perSecond: 750 },
    ]);
  });

  it('remembers what was read of those that have come to their ends', async () => {
    await round(progress, { 0: [900, 900], 1: [100, 100] });
    await round(progress, { 1: [200, 200] });
    expect(shown.at(-1)).toEqual({ partitions: 1, read: 1_100, remaining: 800, perSecond: 100 });
  });

  it('says what one of them waits for', async () => {
    await round(progress, { 3: [200, 150] }, { waitingFor: 'transaction' });
    expect(shown).toMatchObject([{ waiting: { for: 'transaction', at: 'counts-changelog[3]' } }]);
  });

  it.each<[string, () => void]>([
    ['the worker is ready', () => progress.ready()],
    ['it has stopped', () => progress.stopped()],
    ['nothing is told any more', () => clock.advanceTo(clock.now() + 2_000)],
  ])('ends when %s, and a later one begins anew', async (_, ends) => {
    await round(progress, { 0: [200, 150] });
    ends();
    expect(shown.at(-1)).toBe('end');
    await round(progress, { 0: [10, 10] });
    expect(shown.at(-1)).toMatchObject({ read: 10, perSecond: 10 });
  });
});

describe('where it is shown', () => {
  const rounds = async (display: RecoveryDisplay, count: number) => {
    const shows = new RecoveryProgress(display, clock);
    for (let each = 1; each <= count; each++) await round(shows, { 0: [each * 10, each * 10] });
    return shows;
  };

  it('is a line of the log every five seconds', async () => {
    const lines: string[] = [];
    const logger = pino({ level: 'info' }, { write: (line: string) => void lines.push((JSON.parse(line) as { msg: string }).msg) });
    await rounds(progressLog(logger), 4);
    expect(lines).toEqual([]);
    await rounds(progressLog(logger), 12);
    expect(lines).toEqual([
      'recovering tables: 5 %, 10 records/s, 950 left, done in 1 m 35 s, 1 partition',
      'recovering tables: 10 %, 10 records/s, 900 left, done in 1 m 30 s, 1 partition',
    ]);
  });

  it('is a bar on a terminal, which goes with the recovery', async () => {
    const out = new FakeOutput();
    (await rounds(progressBar(new StatusLine(out)), 50)).ready();
    expect(out.text).toContain('recovering [############------------] 50 %  10 records/s  500 left');
    expect(out.text).toMatch(/\r +\r$/);
  });
});
