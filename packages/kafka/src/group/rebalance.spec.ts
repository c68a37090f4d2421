import { describe, expect, it } from '@jest/globals';
import type { Batch } from '@weir/core/internal/transport';
import { turn } from '../manual-clock.fixture.js';
import { both, make } from './rebalance.fixture.js';

describe('rebalances', () => {
  it('takes and gives partition by partition where the protocol is cooperative', async () => {
    const { assign, revoke, calls } = make({ protocol: 'COOPERATIVE' });
    assign(both);
    await turn();
    revoke([both[0]!]);
    await turn();
    expect(calls).toEqual(['assigned 0,1', 'incrementalAssign 0,1', 'revoked 0', 'incrementalUnassign 0']);
  });

  it('takes and gives everything where it is eager', async () => {
    const { assign, revoke, calls } = make({ protocol: 'EAGER' });
    assign(both);
    await turn();
    revoke(both);
    await turn();
    expect(calls).toEqual(['assigned 0,1', 'assign 0,1', 'revoked 0,1', 'unassign']);
  });

  it('remembers the protocol: a client that is being closed says NONE', async () => {
    const driver = { protocol: 'COOPERATIVE' };
    const { assign, revoke, calls } = make(driver);
    assign(both);
    await turn();
    driver.protocol = 'NONE';
    revoke(both);
    await turn();
    expect(calls.at(-1)).toBe('incrementalUnassign 0,1');
  });

  it('tells of an empty assignment, and confirms it', async () => {
    const { assign, calls } = make({ protocol: 'COOPERATIVE' });
    assign([]);
    await turn();
    expect(calls).toEqual(['assigned ', 'incrementalAssign ']);
  });

  it('releases only when the listener has let go', async () => {
    let letGo = (): void => undefined;
    const revoked = () => new Promise<void>((resolve) => (letGo = resolve));
    const { assign, revoke, calls, assignment } = make({ protocol: 'COOPERATIVE' }, { revoked });
    assign(both);
    await turn();
    revoke(both);
    await turn();
    expect(calls.at(-1)).toBe('incrementalAssign 0,1');
    expect(assignment.owns(both[0]!)).toBe(true);
    letGo();
    await turn();
    expect(calls.at(-1)).toBe('incrementalUnassign 0,1');
    expect(assignment.owns(both[0]!)).toBe(false);
  });

  it('asks in the callback whether partitions are lost, and does not own them from then on', async () => {
    const driver = { protocol: 'COOPERATIVE', isLost: false };
    const { assign, revoke, calls, assignment } = make(driver);
    assign(both);
    await turn();
    driver.isLost = true;
    revoke(both);
    driver.isLost = false;
    expect(assignment.owns(both[0]!)).toBe(false);
    await turn();
    expect(calls.slice(2)).toEqual(['lost 0,1', 'incrementalUnassign 0,1']);
  });

  it('tells of each change once it is made, and not of what goes because it is closed', async () => {
    const { assign, revoke, changes, rebalance } = make({ protocol: 'COOPERATIVE' });
    assign(both);
    expect(changes).toEqual([]);
    await turn();
    revoke([both[0]!]);
    await turn();
    expect(changes).toEqual([2, -1]);
    rebalance.close();
    rebalance.handOver();
    await turn();
    expect(changes).toEqual([2, -1]);
  });

  it('lets no exception of the listener out', async () => {
    // An exception that leaves rebalance_cb ends the process.
    const fail = () => {
      throw new Error('no');
    };
    const { assign, revoke, calls } = make({ protocol: 'COOPERATIVE' }, { assigned: fail, revoked: fail });
    assign(both);
    await turn();
    revoke(both);
    await turn();
    expect(calls).toEqual(['incrementalAssign 0,1', 'incrementalUnassign 0,1']);
  });

  it('starts where the listener has gone, and pauses what it has paused', async () => {
    const { assign, calls, assignment, driver } = make(
      { protocol: 'COOPERATIVE' },
      {
        assigned: (partitions) => {
          assignment.setStart(partitions[0]!, 42);
          assignment.setPaused(partitions[1]!, true);
        },
      },
    );
    assign(both);
    await turn();
    expect(driver.places).toEqual([
      { ...both[0], offset: 42 },
      { ...both[1], offset: 7 },
    ]);
    expect(calls.at(-1)).toBe('pause 1');
  });

  // The client looked it up, and once more half a second later where it was told to stand still or to go on meanwhile: then it read all of that again.
  it('begins where the group has come to, and where it has no offset as auto.offset.reset says, at a plain offset', async () => {
    const { assign, driver } = make({ protocol: 'COOPERATIVE', committed: [-1, -1] });
    assign(both);
    await turn();
    expect(driver.places).toEqual(both.map((at) => ({ ...at, offset: 3 })));
  });

  it('waits until a broker says where the logs begin of which the group has no offset', async () => {
    const { assign, calls, said, driver, clock } = make({ protocol: 'COOPERATIVE', committed: [-1, -1], knowsEnds: false });
    assign(both);
    await turn();
    expect([driver.places, calls.at(-1)]).toEqual([both.map((at) => ({ ...at, offset: 0 })), 'pause 0,1']);
    expect(said[0]).toContain('cannot be told yet where logs begin');
    driver.knowsEnds = true;
    await clock.advance(250);
    await clock.advance(250);
    expect(calls.slice(3)).toEqual(['seek 0@3', 'resume 0', 'wake', 'seek 1@3', 'resume 1', 'wake']);
  });

  // At an end of the log the client would go there later, and nobody would read what lies before it.
  it('has a partition wait at a plain offset until it is known where it begins', async () => {
    const { assign, calls, driver } = make({ protocol: 'COOPERATIVE', committed: [7] });
    assign(both);
    await turn();
    expect(driver.places).toEqual([
      { ...both[0], offset: 7 },
      { ...both[1], offset: 0 },
    ]);
    expect(calls.at(-1)).toBe('pause 1');
  });

  // A whole partition was counted a second time, once in some dozens of hand-overs under load.
  it('believes that there is no offset of one partition, where there are of others, only when that is said again and again', async () => {
    const { assign, calls, begun, driver, clock } = make({ protocol: 'COOPERATIVE', committed: [7, -1] });
    assign(both);
    await turn();
    expect(calls).toEqual(['assigned 0,1', 'incrementalAssign 0,1', 'pause 1']);
    await clock.advance(250);
    expect(calls).toHaveLength(3);
    await clock.advance(250);
    expect(calls.slice(3)).toEqual(['seek 1@3', 'resume 1', 'wake']);
    expect([begun, driver.committed]).toEqual([['0@7'], [7, -1]]);
  });

  it('leaves a partition still of which the group cannot tell the offset yet, and begins with it once it can', async () => {
    const { assign, assignment, calls, driver, clock } = make({ protocol: 'COOPERATIVE', committed: [7] });
    assign(both);
    await turn();
    expect(calls).toEqual(['assigned 0,1', 'incrementalAssign 0,1', 'pause 1']);
    expect([assignment.isReading(both[0]!), assignment.isReading(both[1]!)]).toEqual([true, false]);
    // What the client gives of it before it stands still is not from where it begins.
    expect(assignment.admit([{ ...both[1]!, length: 1 } as Batch])).toEqual([]);
    await clock.advance(250);
    expect(calls).toHaveLength(3);
    driver.committed = [7, 9];
    await clock.advance(250);
    expect(calls.slice(3)).toEqual(['seek 1@9', 'resume 1', 'wake']);
    expect(assignment.isReading(both[1]!)).toBe(true);
    expect(assignment.waitingMessages).toBe(0);
  });

  it('does not begin with a partition that was given up meanwhile, even where it has come back', async () => {
    const { assign, revoke, calls, driver, clock } = make({ protocol: 'COOPERATIVE', committed: [] });
    assign(both);
    await turn();
    revoke(both);
    await turn();
    driver.committed = [1, 2];
    assign([both[1]!]);
    await turn();
    await clock.advance(250);
    expect(calls.slice(3)).toEqual([
      'revoked 0,1',
      // A pause outlives the assignment in the client.
      'resume 0,1',
      'incrementalUnassign 0,1',
      'assigned 1',
      'incrementalAssign 1',
    ]);
  });

  // The old answer was taken for where the partition begins: it was committed, and another member's progress with it undone.
  it('takes no answer of before a partition was given up, where it has come back', async () => {
    const { assign, revoke, begun, driver, clock, calls } = make({ protocol: 'COOPERATIVE', committed: [7] });
    assign(both);
    await turn();
    let answer = (): void => undefined;
    driver.committed = [7, 8];
    driver.answering = new Promise((resolve) => {
      answer = resolve;
    });
    await clock.advance(250);
    revoke([both[1]!]);
    await turn();
    driver.committed = [7, 9];
    driver.answering = undefined;
    assign([both[1]!]);
    await turn();
    answer();
    await turn();
    expect(begun).toEqual(['0@7', '1@9']);
    expect(calls).not.toContain('seek 1@8');
  });

  it('ends a pause with the assignment: in the client it would outlive it', async () => {
    const { assign, revoke, calls, assignment } = make({ protocol: 'COOPERATIVE' });
    assign(both);
    await turn();
    assignment.setPaused(both[1]!, true);
    revoke(both);
    await turn();
    expect(calls.slice(2)).toEqual(['revoked 0,1', 'resume 1', 'incrementalUnassign 0,1']);
  });

  it('takes nothing new while it is closing', async () => {
    const { assign, calls, rebalance, assignment } = make({ protocol: 'COOPERATIVE' });
    rebalance.close();
    assign(both);
    await turn();
    expect(calls).toEqual(['incrementalAssign 0,1']);
    expect(assignment.isEmpty).toBe(true);
  });
});
