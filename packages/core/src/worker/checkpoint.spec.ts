import { describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { CarefulOutlet, type Lane } from '../agents/index.js';
import type { Consumer, GroupPosition, Producer } from '../transport/index.js';
import { Assignment } from './assignment.js';
import { FlushThenCommit } from './checkpoint.js';

/** A checkpoint over two partitions that are done up to offset 7. The broker takes what was produced when the test says so. */
function setup() {
  const commits: (readonly GroupPosition[])[] = [];
  let taken = () => {};
  const flush = () => new Promise<void>((resolve) => (taken = resolve));
  const producer = { append: () => undefined, flush } as unknown as Producer;
  const consumer = { commit: async (offsets: readonly GroupPosition[]) => void commits.push(offsets) } as unknown as Consumer;
  const tracker = { committable: 7 };
  const lane = { agent: { name: 'Shop.take' }, tracker, reach: { to: 7, except: [] }, accept: () => undefined } as unknown as Lane;
  const assignment = new Assignment(() => [lane]);
  const own = (partition: number) =>
    assignment.add({ topic: 'orders', partition }).accept({ length: 1, offset: () => 0 } as unknown as Parameters<Lane['accept']>[0]);
  for (const partition of [0, 1]) own(partition);
  const logger = pino({ level: 'silent' });
  const checkpoint = new FlushThenCommit({
    ...{ assignment, consumer, producer, logger, outlet: new CarefulOutlet(producer) },
    rewind: async () => undefined,
    committed: () => undefined,
  });
  return { checkpoint, commits, own, take: () => taken(), turn: () => new Promise(setImmediate) };
}

describe('a checkpoint', () => {
  it('commits only when the broker has taken what was produced', async () => {
    const { checkpoint, commits, take, turn } = setup();
    const round = checkpoint.run();
    await turn();
    expect(commits).toEqual([]);
    take();
    await round;
    expect(commits).toMatchObject([
      [
        { partition: 0, offset: 7 },
        { partition: 1, offset: 7 },
      ],
    ]);
  });

  // Another worker may have had it meanwhile, and be further on: what the group had would go back.
  it('commits nothing of a partition that was lost meanwhile and is ours again', async () => {
    const { checkpoint, commits, own, take, turn } = setup();
    const round = checkpoint.run();
    await turn();
    own(1);
    take();
    await round;
    expect(commits).toMatchObject([[{ partition: 0, offset: 7 }]]);
  });
});
