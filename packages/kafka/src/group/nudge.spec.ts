import { describe, expect, it } from '@jest/globals';
import type { Logger } from '../driver/client-log.js';
import type { DriverConsumer, DriverPartition } from '../driver/driver-types.js';
import { ManualClock } from '../manual-clock.fixture.js';
import { Nudge } from './nudge.js';

function make({ isConnected = true, partitions = [{ topic: 't', partition: 3 }] } = {}) {
  const clock = new ManualClock();
  const asked: (readonly DriverPartition[])[] = [];
  const said: string[] = [];
  const logger = { debug: (_: unknown, message: string) => void said.push(message) } as unknown as Logger;
  const driver = {
    isConnected: () => isConnected,
    offsetsForTimes: (
      times: readonly DriverPartition[],
      _: number,
      done: (error: unknown, answers: readonly DriverPartition[]) => void,
    ) => {
      asked.push(times);
      done(asked.length === 2 ? { message: 'timed out', code: -185 } : undefined, times);
    },
  } as unknown as DriverConsumer;
  const nudge = new Nudge({ clock, logger, partitions: () => partitions });
  nudge.soon(driver);
  return { clock, asked, said, again: () => nudge.soon(driver) };
}

describe('after a rebalance', () => {
  it('asks the leaders of what is read, twice, so that the client wakes; a failure does no harm', async () => {
    const { clock, asked, said } = make();
    expect(asked).toEqual([]);
    await clock.advance(5);
    expect(asked).toEqual([[{ topic: 't', partition: 3, offset: -1 }]]);
    await clock.advance(25);
    expect(asked).toHaveLength(2);
    await clock.advance(1_000);
    expect(asked).toHaveLength(2);
    expect(said).toEqual([expect.stringContaining('timed out')]);
  });

  it('asks anew where partitions go on while it asks, and no more often for many of them', async () => {
    const { clock, asked, again } = make();
    await clock.advance(29);
    for (let times = 0; times < 100; times++) again();
    await clock.advance(1);
    expect(asked).toHaveLength(2);
    await clock.advance(1_000);
    expect(asked).toHaveLength(4);
  });

  it('asks nothing where nothing is read, or the client is closed', async () => {
    for (const how of [{ partitions: [] }, { isConnected: false }]) {
      const { clock, asked } = make(how);
      await clock.advance(100);
      expect(asked).toEqual([]);
    }
  });
});
