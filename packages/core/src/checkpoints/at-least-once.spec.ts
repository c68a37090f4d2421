import { beforeEach, describe, expect, it } from '@jest/globals';
import { Outputs } from '../attempts/index.js';
import {
  as,
  attemptOf,
  laneOf,
  message,
  outage,
  pending,
  RecordingProducer,
  refusal,
  still,
} from '../attempts/recording-producer.fixture.js';
import { TransportError } from '../errors/index.js';
import { VirtualClock } from '../time/index.js';
import { type Consumer, DeliveryError, type GroupPosition } from '../transport/index.js';
import { AtLeastOnce, Checkpoint } from './index.js';
import { listening, progressOf, RecordingProgress } from './recording-progress.fixture.js';

describe('at least once', () => {
  let events: string[];
  let producer: RecordingProducer;
  let outputs: Outputs;
  let progress: RecordingProgress;
  let commits: GroupPosition[][];
  let refusing: Error | undefined;
  let logs: ReturnType<typeof listening>;
  let checkpoint: Checkpoint;

  beforeEach(() => {
    events = [];
    producer = new RecordingProducer();
    outputs = new Outputs(producer, false);
    progress = new RecordingProgress(events);
    progress.completed = [progressOf(17, 3), progressOf(40, 4)];
    commits = [];
    refusing = undefined;
    logs = listening();
    checkpoint = checkpointOf(consumer);
  });

  const consumer = {
    commit: async (offsets: GroupPosition[]) => {
      events.push('group commit');
      commits.push(offsets);
      if (refusing !== undefined) throw refusing;
    },
  } as unknown as Consumer;

  function checkpointOf(reading: Consumer | undefined): Checkpoint {
    return new Checkpoint(new AtLeastOnce({ consumer: reading, outputs, progress, logger: logs.logger }), progress, {
      clock: new VirtualClock(),
      ...logs,
    });
  }

  /** Sends for an event of a partition. */
  const send = (value: string, offset: number, partition: number) =>
    as(attemptOf(outputs, offset, { lane: laneOf('Shop.ship', partition) }), () => void outputs.send(message(value)));

  it('commits only when all that was sent is acknowledged, and what was noted before that', async () => {
    const flush = pending();
    producer.flushes.push(flush.promise);
    const done = checkpoint.run();
    await still();
    progress.completed = [progressOf(99, 3)];
    expect(events).toEqual(['note']);
    flush.resolve();
    await done;
    expect(commits).toEqual([[...progressOf(17, 3).positions, ...progressOf(40, 4).positions]]);
    expect(events).toEqual(['note', 'group commit', 'progress committed 17, 40']);
  });

  it('does not commit a partition that was lost while it waited, though it is ours again', async () => {
    const flush = pending();
    producer.flushes.push(flush.promise);
    const done = checkpoint.run();
    await still();
    progress.lost.add(3);
    flush.resolve();
    await done;
    expect([commits, events.at(-1)]).toEqual([[[...progressOf(40, 4).positions]], 'progress committed 40']);
  });

  it('asks the group for nothing where there is nothing to commit, and where nothing is read', async () => {
    progress.completed = [];
    await checkpoint.run();
    progress.completed = [progressOf(17)];
    await checkpointOf(undefined).run();
    expect([commits, events]).toEqual([[], ['note', 'progress committed nothing', 'note', 'progress committed nothing']]);
  });

  it('tries again at the next checkpoint what the group did not take', async () => {
    refusing = new TransportError('the group has moved on', { code: 'COMMIT_FAILED' });
    await checkpoint.run();
    expect(events.at(-1)).toBe('progress committed nothing');
    expect(logs.said).toMatchObject([{ offsets: ['orders[3]@17', 'orders[4]@40'], msg: 'the group did not take the offsets' }]);
    refusing = undefined;
    await checkpoint.run();
    expect(events.at(-1)).toBe('progress committed 17, 40');
  });

  it('ends the worker when the client is lost', async () => {
    refusing = new TransportError('the client is broken', { code: 'CLIENT_FATAL', fatal: true });
    await expect(checkpoint.run()).rejects.toBe(refusing);
  });

  it('ends the worker with what no message was refused for', async () => {
    const error = new Error('no');
    producer.flushes.push(Promise.reject(error));
    await expect(checkpoint.run()).rejects.toBe(error);
    expect(commits).toEqual([]);
  });

  it('commits everything else when messages were refused, and has just their events run again, in isolation', async () => {
    send('a', 15, 3);
    send('b', 39, 4);
    const error = producer.failed('a');
    producer.flushes.push(Promise.reject(error));
    await checkpoint.run();
    expect(commits).toEqual([[...progressOf(40, 4).positions]]);
    expect(events).toEqual(['note', 'group commit', 'progress committed 40', 'runs again']);
    expect([progress.why, progress.undelivered]).toEqual([
      error,
      [{ topic: 'orders', partition: 3, agent: 'Shop.ship', from: 15, to: 15, isIsolated: true }],
    ]);
    expect(logs.said).toMatchObject([{ at: ['orders[3]@15'] }]);
  });

  it('has events of messages that the broker may take another time run again as they are', async () => {
    send('a', 15, 3);
    producer.flushes.push(Promise.reject(new DeliveryError([producer.failure('a', outage())])));
    await checkpoint.run();
    expect(progress.undelivered).toMatchObject([{ from: 15, isIsolated: false }]);
  });

  it('runs them again also when the group does not take the rest', async () => {
    send('a', 15, 3);
    refusing = new TransportError('the group has moved on', { code: 'COMMIT_FAILED' });
    producer.flushes.push(Promise.reject(producer.failed('a')));
    await checkpoint.run();
    expect(events.slice(-2)).toEqual(['progress committed nothing', 'runs again']);
  });

  it('says what is lost that was sent for no event, and commits', async () => {
    void outputs.send(message('of nobody'));
    producer.flushes.push(Promise.reject(producer.failed('of nobody')));
    await checkpoint.run();
    expect(events).toEqual(['note', 'group commit', 'progress committed 17, 40']);
    expect(logs.said).toMatchObject([{ topic: 'shipments', msg: expect.stringContaining('is lost') }]);
  });

  it('has all run again that is not committed, in isolation, when it is not known whose a refused message was', async () => {
    const { origin, ...untold } = message('a');
    producer.flushes.push(Promise.reject(new DeliveryError([{ message: untold, error: refusal() }])));
    await checkpoint.run();
    expect([origin, commits, events, progress.undelivered]).toEqual([undefined, [], ['note', 'rewind'], 'unknown']);
  });

  it('notes beside an offset what saves work, unless it is more than a broker takes', async () => {
    progress.completed = [progressOf(17, 3, 'x'.repeat(4_000)), progressOf(40, 4, 'x'.repeat(4_001))];
    await checkpoint.run();
    expect(commits).toEqual([[...progressOf(17, 3, 'x'.repeat(4_000)).positions, ...progressOf(40, 4).positions]]);
    expect(events.at(-1)).toBe('progress committed 17, 40');
  });
});
