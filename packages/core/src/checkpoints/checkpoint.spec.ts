import { beforeEach, describe, expect, it } from '@jest/globals';
import { pending, still } from '../attempts/recording-producer.fixture.js';
import type { CheckpointEvent } from '../observers/index.js';
import { VirtualClock } from '../time/index.js';
import type { Guarantee } from './guarantee.js';
import { Checkpoint, type CheckpointParticipant, type Progress, type StepTimes } from './index.js';
import { listening, progressOf, RecordingProgress } from './recording-progress.fixture.js';

/** Notes each of its steps, and what was noted when it ran. */
class RecordingGuarantee implements Guarantee {
  hasWork = true;
  aborting: Error | undefined;
  /** What attempts are waited for, one after another. */
  readonly quiescing: Promise<void>[] = [];
  commits: (times: StepTimes) => Promise<readonly Progress[]> | undefined = () => undefined;
  recovers: () => Promise<void> = () => Promise.resolve();
  reopens: () => Promise<void> = () => Promise.resolve();

  constructor(private readonly events: string[]) {}

  begin(): void {
    this.events.push('begin');
  }

  quiesce(): Promise<void> | undefined {
    this.events.push('quiesce');
    return this.quiescing.shift();
  }

  close(): boolean {
    this.events.push('close');
    queueMicrotask(() => this.events.push('end of turn'));
    return this.hasWork;
  }

  async commit(noted: readonly Progress[], times: StepTimes): Promise<readonly Progress[]> {
    this.events.push('commit');
    return (await this.commits(times)) ?? noted;
  }

  async recover(error: Error): Promise<void> {
    this.events.push(`recover: ${error.message}`);
    await this.recovers();
  }

  async reopen(): Promise<void> {
    this.events.push('reopen');
    await this.reopens();
  }

  broken(why: Error): void {
    this.events.push(`broken: ${why.message}`);
  }
}

describe('a checkpoint', () => {
  let events: string[];
  let guarantee: RecordingGuarantee;
  let progress: RecordingProgress;
  let checkpoint: Checkpoint;
  let clock: VirtualClock;
  let told: CheckpointEvent[];

  const participant = (name: string): CheckpointParticipant => ({
    isDirty: true,
    prepare: () => void events.push(`${name} prepare`),
    write: () => Promise.resolve(),
    committed: () => void events.push(`${name} committed`),
    dropped: () => void events.push(`${name} dropped`),
  });

  beforeEach(() => {
    events = [];
    told = [];
    clock = new VirtualClock();
    guarantee = new RecordingGuarantee(events);
    progress = new RecordingProgress(events);
    progress.completed = [
      { ...progressOf(17), state: participant('one') },
      { ...progressOf(40, 4), state: participant('two') },
    ];
    checkpoint = new Checkpoint(guarantee, progress, { clock, ...listening({ checkpoint: (event) => void told.push(event) }) });
  });

  const upToCommit = ['begin', 'quiesce', 'note', 'close', 'one prepare', 'two prepare', 'commit', 'end of turn'];

  it('goes in order, and prepares in the turn in which progress is noted', async () => {
    await checkpoint.run();
    expect(events).toEqual([...upToCommit, ...['progress committed 17, 40', 'one committed', 'two committed', 'reopen']]);
  });

  it('waits for attempts, and asks again, before anything is noted', async () => {
    const [first, second] = [pending(), pending()];
    guarantee.quiescing.push(first.promise, second.promise);
    const done = checkpoint.run();
    await still();
    first.resolve();
    await still();
    expect(events).toEqual(['begin', 'quiesce', 'quiesce']);
    second.resolve();
    await done;
    expect(events.slice(3, 6)).toEqual(['quiesce', 'note', 'close']);
  });

  it('is done when the participants are, one after another', async () => {
    const kept = pending();
    progress.completed = [
      { ...progressOf(17), state: { ...participant('one'), committed: () => kept.promise } },
      { ...progressOf(40, 4), state: participant('two') },
    ];
    const done = checkpoint.run();
    await still();
    expect(events).toEqual([...upToCommit, 'progress committed 17, 40']);
    kept.resolve();
    await done;
    expect(events.slice(-2)).toEqual(['two committed', 'reopen']);
  });

  it('says of what was committed only, which may be less than was noted', async () => {
    guarantee.commits = async () => [];
    await checkpoint.run();
    expect(events).toContain('progress committed nothing');
  });

  it('prepares nothing and commits nothing where there is no work', async () => {
    guarantee.hasWork = false;
    await checkpoint.run();
    expect(events.filter((event) => event !== 'end of turn')).toEqual(['begin', 'quiesce', 'note', 'close', 'reopen']);
  });

  it('leaves it to the guarantee what a failed commit means for the participants, and goes on with the next', async () => {
    guarantee.commits = () => Promise.reject(new Error('no'));
    await checkpoint.run();
    expect(events).toEqual([...upToCommit, 'recover: no', 'reopen']);
    guarantee.commits = () => undefined;
    await checkpoint.run();
    expect(events.slice(-4)).toEqual(['progress committed 17, 40', 'one committed', 'two committed', 'reopen']);
  });

  it('notes nothing of what is to be aborted', async () => {
    guarantee.aborting = new Error('a handler failed');
    await checkpoint.run();
    expect(events.filter((event) => event !== 'end of turn')).toEqual([
      ...['begin', 'quiesce', 'close', 'recover: a handler failed', 'reopen'],
    ]);
  });

  it('is one for all who ask while another is under way', async () => {
    const commit = pending();
    guarantee.commits = () => commit.promise.then(() => [progressOf(17)]);
    const first = checkpoint.run();
    await still();
    const later = [checkpoint.run(), checkpoint.run(), checkpoint.run()];
    expect([later[0] === later[1], later[1] === later[2], later[0] === first]).toEqual([true, true, false]);
    await still();
    expect(events.filter((event) => event === 'begin')).toHaveLength(1);
    commit.resolve();
    await Promise.all(later);
    expect(events.filter((event) => event === 'begin')).toHaveLength(2);
    expect(events.indexOf('reopen')).toBeLessThan(events.lastIndexOf('begin'));
  });

  it.each<[string, (why: Error) => void]>([
    [
      'what cannot be recovered',
      (why) => {
        guarantee.commits = () => Promise.reject(new Error('no'));
        guarantee.recovers = () => Promise.reject(why);
      },
    ],
    [
      'what keeps the next from beginning',
      (why) => {
        guarantee.reopens = () => Promise.reject(why);
      },
    ],
    [
      'attempts that come to no end',
      (why) => {
        guarantee.quiescing.push(Promise.reject(why));
      },
    ],
  ])('is broken by %s, and says why', async (_, arrange) => {
    const why = new Error('the client is lost');
    arrange(why);
    await expect(checkpoint.run()).rejects.toBe(why);
    expect(events.at(-1)).toBe('broken: the client is lost');
  });

  it('can be asked for again after one that was broken', async () => {
    guarantee.reopens = () => Promise.reject(new Error('no'));
    await expect(checkpoint.run()).rejects.toThrow('no');
    guarantee.reopens = () => Promise.resolve();
    await checkpoint.run();
    expect(events.at(-1)).toBe('reopen');
  });

  it('tells how long each of its steps took', async () => {
    const takes = (ms: number) => clock.advanceTo(clock.now() + ms);
    const quiet = pending();
    guarantee.quiescing.push(quiet.promise);
    progress.completed = [{ ...progressOf(17), state: { ...participant('one'), prepare: () => takes(2), committed: () => takes(32) } }];
    guarantee.commits = async (times) => {
      times.enter('write');
      takes(4);
      times.enter('flush');
      takes(8);
      times.enter('commit');
      takes(16);
      return progress.completed;
    };
    const done = checkpoint.run();
    await still();
    takes(1);
    quiet.resolve();
    await done;
    expect(told).toEqual([{ quiesceMs: 1, prepareMs: 2, writeMs: 4, flushMs: 8, commitMs: 16, storeMs: 32, entries: 0, bytes: 0 }]);
  });

  it.each<[string, () => void]>([
    ['had nothing to do', () => (guarantee.hasWork = false)],
    ['committed nothing', () => (guarantee.commits = () => Promise.resolve([]))],
    ['failed', () => (guarantee.commits = () => Promise.reject(new Error('no')))],
  ])('tells nothing when it %s', async (_, arrange) => {
    arrange();
    await checkpoint.run();
    expect(told).toEqual([]);
  });

  it('has nothing to abort where the guarantee has no transactions', () => {
    expect(checkpoint.abort(new Error('no'))).toBe(false);
  });
});
