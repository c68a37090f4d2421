import { describe, expect, it } from '@jest/globals';
import { LifecycleError } from '../errors/index.js';
import { attemptOf, laneOf, message } from './recording-producer.fixture.js';

const owner = {};

describe('an attempt', () => {
  it('runs at first, and has staged and sent nothing', () => {
    const attempt = attemptOf(owner);
    expect([attempt.state, attempt.isRunning, attempt.hasStaged, attempt.hasSent, attempt.isFull]).toEqual([
      ...['running', true],
      ...[false, false, false],
    ]);
    expect([attempt.from, attempt.to, attempt.attempt === attempt]).toEqual([17, 17, true]);
  });

  it.each(['succeeded', 'failed'] as const)('has %s for good', (state) => {
    const lane = laneOf();
    const attempt = attemptOf(owner, 17, { lane });
    attempt.end(state);
    lane.isAbandoned = true;
    expect([attempt.state, attempt.isRunning]).toEqual([state, false]);
  });

  it('is abandoned with its lane while it runs', () => {
    const lane = laneOf();
    const attempt = attemptOf(owner, 17, { lane });
    lane.isAbandoned = true;
    expect([attempt.state, attempt.isRunning]).toEqual(['abandoned', false]);
  });

  it('gives what it has staged in order, once', () => {
    const attempt = attemptOf(owner);
    for (const value of ['a', 'b', 'c']) attempt.stage(message(value));
    expect(attempt.hasStaged).toBe(true);
    expect(attempt.takeStaged().map(({ value }) => value)).toEqual(['a', 'b', 'c']);
    expect([attempt.hasStaged, attempt.takeStaged()]).toEqual([false, []]);
  });

  it('forgets what it has staged when it fails', () => {
    const attempt = attemptOf(owner);
    attempt.stage(message('a'));
    attempt.end('failed');
    expect([attempt.hasStaged, attempt.takeStaged()]).toEqual([false, []]);
  });

  it('is full with 1,000 messages', () => {
    const attempt = attemptOf(owner);
    for (let count = 0; count < 999; count++) attempt.stage(message('a'));
    expect(attempt.isFull).toBe(false);
    attempt.stage(message('a'));
    expect(attempt.isFull).toBe(true);
    attempt.takeStaged();
    expect(attempt.isFull).toBe(false);
  });

  it('is full with 1 MiB of keys and values, and counts anew once it has been emptied', () => {
    const attempt = attemptOf(owner);
    const half = new Uint8Array(512 * 1024);
    attempt.stage({ topic: 'shipments', key: half, value: null });
    expect(attempt.isFull).toBe(false);
    attempt.stage({ topic: 'shipments', key: null, value: half });
    expect(attempt.isFull).toBe(true);
    attempt.takeStaged();
    attempt.stage({ topic: 'shipments', key: half, value: null });
    expect(attempt.isFull).toBe(false);
  });

  it('takes in the events that come after its first', () => {
    const attempt = attemptOf(owner);
    attempt.covers(18);
    attempt.covers(25);
    expect([attempt.from, attempt.to]).toEqual([17, 25]);
  });

  it('can be that of another event once it is done, with nothing left of the one before', () => {
    const attempt = attemptOf(owner);
    attempt.hasSent = true;
    attempt.origin = 4;
    attempt.end('succeeded');
    attempt.again(20);
    const { from, to, state, isRunning, hasSent, origin } = attempt;
    expect({ from, to, state, isRunning, hasSent, origin }).toEqual({
      ...{ from: 20, to: 20, state: 'running', isRunning: true },
      ...{ hasSent: false, origin: -1 },
    });
  });

  it('waits for deliveries only when it is isolated', () => {
    expect([attemptOf(owner).isIsolated, attemptOf(owner).deliveries]).toEqual([false, undefined]);
    const isolated = attemptOf(owner, 17, { isIsolated: true });
    expect([isolated.isIsolated, isolated.deliveries]).toEqual([true, new Set()]);
  });

  it('is open while it runs and when it has succeeded', () => {
    const attempt = attemptOf(owner);
    expect(() => attempt.mustBeOpen()).not.toThrow();
    attempt.end('succeeded');
    expect(() => attempt.mustBeOpen()).not.toThrow();
  });

  it.each(['failed', 'given up'])('that has %s says whose it is, where, and what to do', (how) => {
    const lane = laneOf();
    const attempt = attemptOf(owner, 17, { lane });
    if (how === 'failed') attempt.end('failed');
    else lane.isAbandoned = true;
    const closed = () => attempt.mustBeOpen();
    expect(closed).toThrow(LifecycleError);
    expect(closed).toThrow(expect.objectContaining({ code: 'ATTEMPT_CLOSED' }));
    for (const said of ['Shop.ship', 'orders[3]@17', 'event.signal', 'detached(']) expect(closed).toThrow(said);
  });
});
