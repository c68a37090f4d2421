import { describe, expect, it } from '@jest/globals';
import { ManualClock } from './manual-clock.fixture.js';
import { Returning } from './returning.js';

const twofold = { 'partition.assignment.strategy': 'cooperative-sticky', 'session.timeout.ms': 10_000, 'heartbeat.interval.ms': 1_000 };
const at = (...partitions: readonly number[]) => partitions.map((partition) => ({ topic: 'orders', partition }));

/** A member that had partitions 0 and 1 and is back after a while. */
async function make({ properties = twofold as object, awayMs = 1_000, hooksMs = 0, topics = ['orders'], isNew = false } = {}) {
  const clock = new ManualClock();
  await clock.advance(awayMs);
  const said: string[] = [];
  const returning = new Returning({
    former: isNew ? undefined : { topics: ['orders'], partitions: at(0, 1), seenAt: 0 },
    properties: { ...properties },
    clock,
    topics: () => topics,
    overlooked: (why) => said.push(why),
  });
  await clock.advance(hooksMs);
  returning.joins();
  return { returning, said, settle: () => clock.advance(3_000) };
}

describe('a member with a name that is back', () => {
  it('joins again where it is given less than it had and the group is not rebalanced soon', async () => {
    const { returning, said, settle } = await make();
    returning.given(at(1));
    expect(said).toEqual([]);
    await settle();
    expect(said).toEqual([expect.stringContaining('(1: orders[0])')]);
  });

  it('does so where it is given nothing', async () => {
    const { returning, said, settle } = await make();
    returning.given([]);
    await settle();
    expect(said).toEqual([expect.stringContaining('(2: orders[0], orders[1])')]);
  });

  it('stays where it is given what it had', async () => {
    const { returning, said, settle } = await make();
    returning.given(at(0, 1, 2));
    await settle();
    expect(said).toEqual([]);
  });

  it('stays where the group was rebalanced meanwhile', async () => {
    const { returning, said, settle } = await make();
    returning.given(at(1));
    returning.given([]);
    await settle();
    expect(said).toEqual([]);
  });

  it('stays where its session had ended, and where it is new', async () => {
    for (const how of [{ awayMs: 10_000 }, { hooksMs: 9_000 }, { isNew: true }]) {
      const { returning, said, settle } = await make(how);
      returning.given([]);
      await settle();
      expect(said).toEqual([]);
    }
  });

  it('stays where a rebalance takes one join only, or is up to the broker', async () => {
    const eager = { ...twofold, 'partition.assignment.strategy': 'range' };
    for (const properties of [eager, { 'group.protocol': 'consumer' }]) {
      const { returning, said, settle } = await make({ properties });
      returning.given([]);
      await settle();
      expect(said).toEqual([]);
    }
  });

  it('joins again where it reads other topics than before, in whichever protocol of the client', async () => {
    for (const properties of [twofold, { ...twofold, 'partition.assignment.strategy': 'range' }]) {
      for (const topics of [['orders', 'refunds'], ['refunds'], []]) {
        const { returning, said, settle } = await make({ properties, topics });
        returning.given(at(0, 1));
        await settle();
        expect(said).toEqual([expect.stringContaining('reads other topics')]);
      }
    }
  });

  it('leaves once more where it is given the same again: the group may not have heard of it', async () => {
    const { returning, said, settle } = await make();
    returning.given(at(1));
    await settle();
    returning.given(at(1));
    expect(returning.isInDoubt).toBe(true);
    await settle();
    returning.given(at(1));
    await settle();
    expect(said).toEqual([expect.stringContaining('(1: orders[0])'), expect.stringContaining('may not have heard')]);
    expect(returning.isInDoubt).toBe(false);
  });

  it('stays where the group has heard that it left', async () => {
    const { returning, said, settle } = await make();
    returning.given(at(1));
    await settle();
    returning.given(at(0, 1));
    await settle();
    returning.given([]);
    await settle();
    expect(said).toHaveLength(1);
  });

  it('is in doubt until it is given what it had, or the group is rebalanced', async () => {
    const { returning } = await make();
    expect(returning.isInDoubt).toBe(true);
    returning.given(at(1));
    expect(returning.isInDoubt).toBe(true);
    returning.given([]);
    expect(returning.isInDoubt).toBe(false);
    const same = await make();
    same.returning.given(at(0, 1));
    expect(same.returning.isInDoubt).toBe(false);
    const late = await make({ awayMs: 10_000 });
    expect(late.returning.isInDoubt).toBe(false);
  });

  it('lets it be once it is being closed', async () => {
    for (const isGivenLater of [false, true]) {
      const { returning, said, settle } = await make();
      if (!isGivenLater) returning.given([]);
      returning.stop();
      if (isGivenLater) returning.given([]);
      await settle();
      expect(said).toEqual([]);
    }
  });

  it('goes by the times that librdkafka has where none are given', async () => {
    const properties = { 'partition.assignment.strategy': 'cooperative-sticky' };
    const { returning, said, settle } = await make({ properties, awayMs: 44_999 });
    returning.given([]);
    await settle();
    expect(said).toEqual([]);
    await settle();
    expect(said).toHaveLength(1);
  });
});
