import { describe, expect, it } from '@jest/globals';
import type { DriverConsumer } from '../driver/driver-types.js';
import { codes } from '../driver/errors.js';
import { turn } from '../manual-clock.fixture.js';
import { make } from './rebalance.fixture.js';

const lead = (...partitions: readonly number[]) => partitions.map((partition) => ({ topic: 't', partition }));
const sets = [['t', 'u', 'v']];

describe('topics that follow another', () => {
  it('come and go with its partitions, in one answer to the client', async () => {
    const { assign, revoke, calls } = make({ protocol: 'COOPERATIVE' }, {}, sets);
    assign(lead(0, 1));
    await turn();
    revoke(lead(1));
    await turn();
    expect(calls).toEqual([
      'assigned 0,u0,v0,1,u1,v1',
      'incrementalAssign 0,u0,v0,1,u1,v1',
      'revoked 1,u1,v1',
      'incrementalUnassign 1,u1,v1',
    ]);
  });

  it('come and go where the protocol is eager', async () => {
    const { assign, revoke, calls, driver } = make({ protocol: 'EAGER' }, {}, sets);
    assign(lead(0));
    await turn();
    revoke(lead(0));
    await turn();
    assign(lead(0));
    await turn();
    expect(calls.filter((call) => !/^(assigned|revoked)/.test(call))).toEqual(['assign 0,u0,v0', 'unassign', 'assign 0,u0,v0']);
    expect(driver.assigned).toHaveLength(3);
  });

  it('are lost with it: the client names the lead only', async () => {
    const driver = { protocol: 'COOPERATIVE', isLost: false };
    const { assign, revoke, calls, assignment } = make(driver, {}, sets);
    assign(lead(0));
    await turn();
    driver.isLost = true;
    revoke(lead(0));
    expect(assignment.isEmpty).toBe(true);
    await turn();
    expect(calls.slice(2)).toEqual(['lost 0,u0,v0', 'incrementalUnassign 0,u0,v0']);
  });

  it('are heard again when they come back: in the client a pause outlives the assignment', async () => {
    const { assign, revoke, calls, assignment } = make({ protocol: 'COOPERATIVE' }, {}, sets);
    assign(lead(0));
    await turn();
    assignment.setPaused({ topic: 'u', partition: 0 }, true);
    revoke(lead(0));
    await turn();
    assign(lead(0));
    await turn();
    expect(calls.filter((call) => /^(pause|resume)/.test(call))).toEqual(['resume u0']);
  });
});

/** One partition too many or too few, and the client refuses the whole list: it then read nothing, and nobody heard of it. */
describe('an answer to the client', () => {
  it('leaves out what it has already', async () => {
    const { assign, calls, failures } = make({ protocol: 'COOPERATIVE' }, {}, sets);
    assign(lead(0));
    await turn();
    assign(lead(0, 1));
    await turn();
    expect(calls.filter((call) => call.startsWith('incremental'))).toEqual(['incrementalAssign 0,u0,v0', 'incrementalAssign 1,u1,v1']);
    expect(failures).toEqual([]);
  });

  it('names all anew where the client has dropped everything because of an error', async () => {
    const { assign, rebalance, calls, driver } = make({ protocol: 'EAGER' }, {}, sets);
    assign(lead(0));
    await turn();
    const consumer = { unassign: () => void Object.assign(driver, { assigned: [] }) } as unknown as DriverConsumer;
    rebalance.changed(consumer, { message: 'the group is gone', code: codes.illegalGeneration }, []);
    assign(lead(0));
    await turn();
    expect(calls.filter((call) => call.startsWith('assign '))).toEqual(['assign 0,u0,v0', 'assign 0,u0,v0']);
  });

  it.each([
    ['has more', [{ topic: 'u', partition: 1 }], 'incrementalAssign 1,v1'],
    ['has less', [], 'incrementalAssign 1,u1,v1'],
  ])('is given once more by what the client itself says where it %s than it was told', async (_, assigned, expected) => {
    const { assign, revoke, calls, failures, said, driver } = make({ protocol: 'COOPERATIVE' }, {}, sets);
    assign(lead(0));
    await turn();
    driver.assigned = assigned;
    assign(lead(1));
    await turn();
    expect(calls.at(-1)).toBe(expected);
    revoke(lead(0));
    await turn();
    expect(calls.at(-1)).toBe('incrementalUnassign ');
    expect(failures).toEqual([]);
    expect(said.filter((line) => line.startsWith('warn'))).not.toEqual([]);
  });

  // A second call could answer an event that is still on its way: the next owner began while this one still read.
  it('is one call for each event, in the order of the events, however long a listener takes', async () => {
    const open: (() => void)[] = [];
    const wait = () => new Promise<void>((resolve) => void open.push(resolve));
    const { assign, revoke, calls, answers } = make({ protocol: 'COOPERATIVE' }, { assigned: wait, revoked: wait }, sets);
    assign(lead(0, 1));
    await turn();
    revoke(lead(0));
    assign(lead(2));
    await turn();
    expect(answers).toEqual([]);
    for (let event = 1; event <= 3; event++) {
      open.shift()!();
      await turn();
      expect(calls.filter((call) => call.startsWith('incremental'))).toHaveLength(event);
    }
    expect(answers).toEqual(['incrementalAssign 0,u0,v0,1,u1,v1', 'incrementalUnassign 0,u0,v0', 'incrementalAssign 2,u2,v2']);
  });
});
