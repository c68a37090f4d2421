import { describe, expect, it } from '@jest/globals';
import type { AssignmentListener } from '@weir/core/transport';
import { Assignment } from './assignment.js';
import type { DriverConsumer } from './driver-types.js';
import { codes } from './errors.js';
import { turn } from './manual-clock.contract.js';
import { Rebalance } from './rebalance.js';
import { silent } from './silent.contract.js';

const both = [
  { topic: 't', partition: 0 },
  { topic: 't', partition: 1 },
];

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

  it('confirms an empty assignment without telling anybody', async () => {
    const { assign, calls } = make({ protocol: 'COOPERATIVE' });
    assign([]);
    await turn();
    expect(calls).toEqual(['incrementalAssign ']);
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

  it('lets no exception out, neither of the listener nor of the client', async () => {
    // An exception that leaves rebalance_cb ends the process.
    const fail = () => {
      throw new Error('no');
    };
    const { assign, revoke, calls } = make({ protocol: 'COOPERATIVE', fails: true }, { assigned: fail, revoked: fail });
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
    expect(driver.places).toEqual([{ ...both[0], offset: 42 }, both[1]]);
    expect(calls.at(-1)).toBe('pause 1');
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

interface FakeDriver {
  protocol: string;
  isLost?: boolean;
  fails?: boolean;
  places?: unknown;
}

function make(driver: FakeDriver, hooks: Partial<AssignmentListener> = {}) {
  const calls: string[] = [];
  const note = (name: string) => (partitions?: readonly { readonly partition: number }[]) => {
    calls.push(partitions === undefined ? name : `${name} ${partitions.map(({ partition }) => partition).join()}`);
    if (name.endsWith('ssign')) driver.places = partitions;
    if (driver.fails) throw new Error('the client says no');
  };
  const names = ['assign', 'unassign', 'incrementalAssign', 'incrementalUnassign', 'pause', 'resume'];
  const consumer = {
    ...Object.fromEntries(names.map((name) => [name, note(name)])),
    rebalanceProtocol: () => driver.protocol,
    assignmentLost: () => driver.isLost ?? false,
  } as unknown as DriverConsumer;
  const assignment = new Assignment();
  const rebalance = new Rebalance({ assignment, logger: silent, settled: async () => undefined });
  const listener = Object.fromEntries(['assigned', 'revoked', 'lost'].map((name) => [name, note(name)]));
  rebalance.listen({ ...listener, ...hooks } as unknown as AssignmentListener);
  const event = (code: number) => (partitions: typeof both) => rebalance.changed(consumer, { message: '', code }, partitions);
  return { assign: event(codes.assignPartitions), revoke: event(codes.revokePartitions), calls, assignment, rebalance, driver };
}
