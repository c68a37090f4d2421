import { beforeEach, describe, expect, it } from '@jest/globals';
import pino from 'pino';
import { VirtualClock } from '../../time/index.js';
import type { GroupSurroundings, GroupTables } from '../group-tables.js';
import { Standbys } from './standbys.js';

interface Opened {
  readonly number: number;
  isClosed: boolean;
  /** What the copy fails with, once it is there. */
  readonly fail: (error: Error) => void;
  /** It has what there is. */
  recovered(): void;
  broken(error: Error): void;
}

const turns = async () => {
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
};

describe('copies of partition groups', () => {
  let clock: VirtualClock;
  let opened: Opened[];
  let warned: string[];
  let standbys: Standbys;
  const logger = { ...pino({ level: 'silent' }), warn: (_: unknown, message: string) => warned.push(message) };
  const numbers = () => opened.filter(({ isClosed }) => !isClosed).map(({ number }) => number);
  const goOn = async () => {
    for (let each = 0; each < 3; each++) {
      for (const one of opened) one.recovered();
      await turns();
    }
  };

  beforeEach(() => {
    clock = new VirtualClock('2020-01-01');
    opened = [];
    warned = [];
    standbys = new Standbys({
      name: 'views',
      partitions: () => 3,
      open: (number, { fail }) => {
        const copy = { number, fail, isClosed: false } as Opened;
        opened.push(copy);
        const recover = (signal: AbortSignal) =>
          new Promise<number>((resolve, reject) => {
            copy.recovered = () => resolve(1);
            copy.broken = reject;
            signal.addEventListener('abort', () => reject(new Error('given up')));
          });
        const close = async () => {
          copy.isClosed = true;
        };
        return { recover, close } as unknown as GroupTables;
      },
    });
  });
  const start = () => standbys.start({ clock, logger } as unknown as GroupSurroundings);

  it('are made of those that are not ours, one after another', async () => {
    standbys.taken(1);
    start();
    await turns();
    expect(numbers()).toEqual([0]);
    await goOn();
    expect(numbers()).toEqual([0, 2]);
  });

  it('are given up when a group becomes ours, also while they are made, and made again once it has let go of its store', async () => {
    start();
    await turns();
    standbys.taken(0);
    expect(numbers()).toEqual([]);
    await goOn();
    expect(numbers()).toEqual([1, 2]);
    // It was lost, and came back before it was closed.
    standbys.taken(0);
    standbys.returned(0);
    await goOn();
    expect(numbers()).toEqual([1, 2]);
    standbys.returned(0);
    await goOn();
    expect(numbers().sort()).toEqual([0, 1, 2]);
    expect(warned).toEqual([]);
  });

  it('end nobody when they fail, and are tried again a minute later', async () => {
    start();
    await turns();
    opened[0].broken(new Error('no broker'));
    await goOn();
    expect(numbers()).toEqual([1, 2]);
    opened[1].fail(new Error('the disk is full'));
    expect(numbers()).toEqual([2]);
    expect(warned).toEqual([expect.stringContaining('no copy of views 0'), expect.stringContaining('no copy of views 1')]);
    clock.advanceTo(clock.now() + 60_000);
    await goOn();
    expect(numbers().sort()).toEqual([0, 1, 2]);
  });

  it('are all given up when it stops, and none is made again', async () => {
    start();
    await goOn();
    standbys.taken(0);
    standbys.stop();
    standbys.returned(0);
    await goOn();
    clock.advanceTo(clock.now() + 120_000);
    await goOn();
    expect(numbers()).toEqual([]);
  });
});
