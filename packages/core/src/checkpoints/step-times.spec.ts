import { describe, expect, it } from '@jest/globals';
import { VirtualClock } from '../time/index.js';
import { writeAll } from './changelogs.js';
import { type CheckpointParticipant, StepTimes } from './index.js';

describe('the entries of a checkpoint', () => {
  it('are counted as they are written, with the bytes of their keys and values', async () => {
    const written: unknown[][] = [];
    const changelog = {
      append: (...message: unknown[]) => void written.push(message),
      send: async () => ({ topic: 'changelog', partition: 0, offset: 0 }),
      handOver: () => void written.push(['handed over']),
      isFull: true,
      drained: () => Promise.resolve(),
    };
    const state = (value: string | null): CheckpointParticipant => ({
      isDirty: true,
      prepare: () => undefined,
      write: async (to) => {
        to.append('counts-changelog', 'k', value, 3);
        if (to.isFull) await to.drained();
      },
      committed: () => undefined,
      dropped: () => undefined,
    });
    const times = new StepTimes(new VirtualClock());
    await writeAll([state('four'), state(null)], changelog, times);
    expect(written.map(([topic, key, value, partition]) => [topic, key, value, partition])).toEqual([
      ['counts-changelog', 'k', 'four', 3],
      ['counts-changelog', 'k', null, 3],
      ['handed over', undefined, undefined, undefined],
    ]);
    expect(times.end()).toMatchObject({ entries: 2, bytes: 6 });
  });
});
