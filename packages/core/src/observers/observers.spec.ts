import { beforeEach, describe, expect, it } from '@jest/globals';
import { type Logger, pino } from 'pino';
import { Observers, type WorkerObserver, workerLog } from './index.js';

interface Line {
  readonly level: number;
  readonly msg: string;
}
let lines: Line[];
let logger: Logger;

beforeEach(() => {
  lines = [];
  logger = pino({ level: 'debug', base: null }, { write: (line: string) => void lines.push(JSON.parse(line) as Line) });
});

const partitions = [
  { topic: 'orders', partition: 3 },
  { topic: 'orders', partition: 0 },
];

describe('observers', () => {
  it('are each told what they ask for, in their order', () => {
    const heard: unknown[] = [];
    const first = { assigned: (event: unknown) => void heard.push(['first', event]) };
    const second: WorkerObserver = { assigned: (event) => void heard.push(['second', event]), lost: () => void heard.push('lost') };
    new Observers([first, {}, second], logger).tell('assigned', { partitions });
    expect(heard).toEqual([
      ['first', { partitions }],
      ['second', { partitions }],
    ]);
  });

  it('are called as methods', () => {
    class Counting {
      count = 0;
      lost(): void {
        this.count++;
      }
    }
    const counting = new Counting();
    new Observers([counting], logger).tell('lost', { partitions });
    expect(counting.count).toBe(1);
  });

  // What an observer throws is nobody's failure but its own.
  it.each<[string, () => void]>([
    [
      'throws',
      () => {
        throw new Error('no disk');
      },
    ],
    ['rejects later', () => Promise.reject(new Error('no disk'))],
  ])('do not keep the others from hearing it when one %s, which is logged once', async (_, fails) => {
    let heard = 0;
    const observers = new Observers([{ lost: fails, assigned: fails }, { lost: () => void heard++ }], logger);
    observers.tell('lost', { partitions });
    observers.tell('lost', { partitions });
    observers.tell('assigned', { partitions });
    await new Promise(setImmediate);
    expect(heard).toBe(2);
    expect(lines.map(({ msg }) => msg)).toEqual([
      'an observer failed when it was told of lost: no disk. It is told on',
      'an observer failed when it was told of assigned: no disk. It is told on',
    ]);
  });
});

describe('the log of a worker', () => {
  const told = (...events: readonly (readonly ['recovering', number, ('transaction' | 'broker')?])[]) => {
    const observers = new Observers([workerLog(logger)], logger);
    for (const [name, stillMs, waitingFor] of events)
      observers.tell(name, {
        topic: 'changelog',
        partition: 1,
        position: 40,
        end: 90,
        entries: 7,
        stillMs,
        ...(waitingFor && { waitingFor }),
      });
    return lines.map(({ msg }) => msg);
  };

  it('says in one line which partitions came and went', () => {
    const observers = new Observers([workerLog(logger)], logger);
    observers.tell('assigned', { partitions });
    observers.tell('assigned', { partitions: [] });
    observers.tell('revoked', { partitions, ms: 1_500 });
    expect(lines.map(({ msg }) => msg)).toEqual(['assigned orders[0,3]', 'handed over orders[0,3] in 1.5 s']);
  });

  it('says of a recovery that stands still what it may wait for, every ten seconds', () => {
    expect(told(['recovering', 9_000], ['recovering', 10_000, 'transaction'], ['recovering', 11_000, 'transaction'])).toEqual([
      'recovery of changelog[1] stands at 40 of 90 for 10 s: a transaction below may be open, and ends by itself within transaction.timeout.ms',
    ]);
    lines = [];
    expect(told(['recovering', 10_000, 'broker'], ['recovering', 20_000, 'broker'])).toHaveLength(2);
  });

  it('says it anew of one that had gone on meanwhile', () => {
    expect(told(['recovering', 10_000, 'broker'], ['recovering', 0], ['recovering', 10_000, 'broker'])).toHaveLength(2);
  });

  it('says what was recovered, where there was anything, and "ready" by itself', () => {
    const observers = new Observers([workerLog(logger)], logger);
    observers.tell('ready', { partitions, entries: 0, ms: 20 });
    observers.tell('ready', { partitions, entries: 9_000, ms: 2_500 });
    expect(lines.map(({ msg }) => msg)).toEqual(['ready', 'recovered orders[0,3] in 2.5 s', 'ready']);
  });

  it('has a line for groups whose recovery took a second', () => {
    const observers = new Observers([workerLog(logger)], logger);
    observers.tell('recovered', { set: 'orders', number: 3, entries: 12, ms: 20 });
    observers.tell('recovered', { set: 'orders', number: 4, entries: 9_000, ms: 1_000 });
    expect(lines.map(({ level, msg }) => [level, msg])).toEqual([
      [20, 'recovered orders[3] in 20 ms'],
      [30, 'recovered orders[4] in 1 s'],
    ]);
  });
});
