import { describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import type { Position } from '../../positions/index.js';
import { VirtualClock } from '../../time/index.js';
import { Purge } from './purge.js';

/** A purge of the topic `moved`, and what it has deleted. */
function begin(partitions: { topic: string; partition: number; committed: number }[]) {
  const clock = new VirtualClock();
  const deleted: (readonly Position[])[] = [];
  const told: { readonly level: number; readonly msg: string }[] = [];
  const broker = { refusal: undefined as Error | undefined };
  const admin = {
    async deleteRecords(before: readonly Position[]) {
      if (broker.refusal !== undefined) throw broker.refusal;
      deleted.push(before);
    },
  };
  const logger = pino({ level: 'trace' }, { write: (line) => told.push(JSON.parse(line)) });
  const purge = new Purge({ admin, clock, logger, topics: ['moved'], partitions: () => partitions });
  purge.start();
  const pass = async () => {
    clock.advanceTo(clock.now() + 30_000);
    await new Promise(setImmediate);
  };
  return { deleted, told, broker, purge, pass };
}

describe('what is done with in repartition topics', () => {
  it('is deleted each half minute, as far as it is committed', async () => {
    const moved = { topic: 'moved', partition: 1, committed: 5 };
    const { deleted, pass } = begin([
      moved,
      { topic: 'moved', partition: 0, committed: -1 },
      { topic: 'views', partition: 1, committed: 9 },
    ]);
    await pass();
    await pass();
    moved.committed = 8;
    await pass();
    expect(deleted).toEqual([[{ topic: 'moved', partition: 1, offset: 5 }], [{ topic: 'moved', partition: 1, offset: 8 }]]);
  });

  it('is deleted later where the broker refuses, which is said once', async () => {
    const { deleted, told, broker, pass } = begin([{ topic: 'moved', partition: 0, committed: 5 }]);
    broker.refusal = new Error('no right');
    await pass();
    await pass();
    expect(told.map(({ level, msg }) => [level, msg])).toEqual([
      [40, 'cannot delete what is done with from moved, which grow meanwhile: no right'],
      [20, expect.stringContaining('no right')],
    ]);
    broker.refusal = undefined;
    await pass();
    expect(deleted).toHaveLength(1);
  });

  it('stays when the worker has stopped', async () => {
    const { deleted, purge, pass } = begin([{ topic: 'moved', partition: 0, committed: 5 }]);
    purge.stop();
    await pass();
    expect(deleted).toEqual([]);
  });
});
