import { beforeEach, describe, expect, it } from '@jest/globals';
import { VirtualClock } from '@weir/testing';
import { pino } from 'pino';
import { type Ending, Supervisor, type WorkerProcess } from './supervisor.js';

/** A process that does as the test says. */
class FakeWorker implements WorkerProcess {
  readonly pid = 1;
  readonly heard: string[] = [];
  end!: (ending: Ending) => void;
  readonly ended = new Promise<Ending>((resolve) => {
    this.end = resolve;
  });

  constructor(
    readonly number: number,
    private readonly stopsWith: number | undefined,
  ) {}

  stop(): void {
    this.heard.push('stop');
    if (this.stopsWith !== undefined) this.end({ code: this.stopsWith, signal: null });
  }

  kill(): void {
    this.heard.push('kill');
    this.end({ code: null, signal: 'SIGKILL' });
  }
}

let clock: VirtualClock;
let started: FakeWorker[];
let stopsWith: number | undefined;

beforeEach(() => {
  clock = new VirtualClock();
  started = [];
  stopsWith = 0;
});

function supervise(count: number): { readonly supervisor: Supervisor; readonly code: Promise<number> } {
  const fork = (number: number) => {
    const worker = new FakeWorker(number, stopsWith);
    started.push(worker);
    return worker;
  };
  const supervisor = new Supervisor({ count, fork, clock, stopMs: 60_000, logger: pino({ level: 'silent' }) });
  return { supervisor, code: supervisor.run() };
}

const crashed: Ending = { code: null, signal: 'SIGSEGV' };
const turn = () => new Promise((resolve) => setImmediate(resolve));
const numbers = () => started.map(({ number }) => number);

async function pass(ms: number): Promise<void> {
  await turn();
  clock.advanceTo(clock.now() + ms);
  await turn();
}

describe('the supervisor of several workers', () => {
  it('starts again the one that ended, and only that one', async () => {
    const { supervisor, code } = supervise(3);
    expect(numbers()).toEqual([1, 2, 3]);
    started[1].end(crashed);
    await pass(999);
    expect(numbers()).toEqual([1, 2, 3]);
    await pass(1);
    expect(numbers()).toEqual([1, 2, 3, 2]);
    supervisor.stop();
    expect(await code).toBe(0);
    expect(started.map(({ heard }) => heard.length)).toEqual([1, 0, 1, 1]);
  });

  it('ends what has not stopped in time: a blocked thread hears no signal', async () => {
    stopsWith = undefined;
    const { supervisor, code } = supervise(2);
    supervisor.stop();
    started[0].end({ code: 0, signal: null });
    await pass(59_999);
    expect(started.map(({ heard }) => heard)).toEqual([['stop'], ['stop']]);
    await pass(1);
    expect(started.map(({ heard }) => heard)).toEqual([['stop'], ['stop', 'kill']]);
    expect(await code).toBe(1);
    expect(clock.sleeping).toBe(0);
  });

  it('waits longer each time while it keeps ending, up to half a minute, and begins anew after a sound minute', async () => {
    const { supervisor, code } = supervise(1);
    const waits: number[] = [];
    for (let count = 0; count < 7; count++) {
      const before = clock.now();
      started.at(-1)?.end(crashed);
      while (started.length === count + 1) await pass(500);
      waits.push(clock.now() - before);
    }
    expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
    await pass(60_000);
    started.at(-1)?.end(crashed);
    await pass(1_000);
    expect(started).toHaveLength(9);
    supervisor.stop();
    expect(await code).toBe(0);
  });

  it('starts nothing again once it is asked to stop', async () => {
    const { supervisor, code } = supervise(1);
    started[0].end(crashed);
    await turn();
    supervisor.stop();
    expect(await code).toBe(0);
    expect(started).toHaveLength(1);
  });

  it('ends with 1 when a worker did not stop in order', async () => {
    stopsWith = 1;
    const { supervisor, code } = supervise(2);
    supervisor.stop();
    expect(await code).toBe(1);
  });

  it('kills those that do not stop', async () => {
    stopsWith = undefined;
    const { supervisor, code } = supervise(2);
    supervisor.stop();
    supervisor.kill();
    expect(await code).toBe(1);
    expect(started.map(({ heard }) => heard)).toEqual([
      ['stop', 'kill'],
      ['stop', 'kill'],
    ]);
  });

  it('gives up with 2 on a command line that no worker can use', async () => {
    const { code } = supervise(2);
    started[0].end({ code: 78, signal: null });
    expect(await code).toBe(2);
    expect(started).toHaveLength(2);
  });
});
