import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  App,
  Handler,
  HookError,
  Inject,
  OnAssigned,
  OnRecovered,
  OnRevoked,
  OnStop,
  type Table,
  type TopicPartition,
  table,
  topic,
} from '@weir/core';
import type { Class } from '@weir/core/internal/metadata';
import { TestApp, type TestWorker } from '@weir/testing';
import { pino } from 'pino';

const words = topic('words', { key: 'string', value: 'string' });
const counts = table('counts', { key: 'string', value: 'long', default: 0 });

/** What was called, in order. */
let called: string[];
let lines: string[];
let app: TestApp | undefined;

const show = (partitions: readonly TopicPartition[]) => partitions.map(({ topic: name, partition }) => `${name}[${partition}]`).join(' ');
const all = 'words[0] words[1] words[2]';

beforeEach(() => {
  called = [];
  lines = [];
});
afterEach(async () => {
  await app?.stop();
  app = undefined;
});

async function start(appClass: Class, partitions = 3, overrides: { readonly drainTimeout?: '1s' } = {}): Promise<TestApp> {
  const logger = pino({ level: 'error' }, { write: (line: string) => void lines.push((JSON.parse(line) as { msg: string }).msg) });
  app = await TestApp.start(appClass, { partitions, overrides: { logger, ...overrides } });
  return app;
}

/** Notes what it is told, and when events come. */
@App({ id: 'noting' })
class Noting {
  @OnAssigned() assigned(partitions: readonly TopicPartition[]): void {
    called.push(`assigned ${show(partitions)}`);
  }
  @OnRecovered() recovered(partitions: readonly TopicPartition[]): void {
    called.push(`recovered ${show(partitions)}`);
  }
  @OnRevoked() revoked(partitions: readonly TopicPartition[]): void {
    called.push(`revoked ${show(partitions)}`);
  }
  @OnStop() stop(): void {
    called.push('stop');
  }
  @Handler(words) take(word: string): void {
    called.push(word);
  }
}

describe('hooks of partitions', () => {
  it('are told once of what comes, before its first event, and of what goes, before the stop hooks', async () => {
    const running = await start(Noting);
    await running.send(words, { key: 'a', value: 'an event' });
    await running.settled();
    await running.stop();
    expect(called).toEqual([`assigned ${all}`, `recovered ${all}`, 'an event', `revoked ${all}`, 'stop']);
  });

  it('are told of a change only what changes, in every worker', async () => {
    const running = await start(Noting);
    await running.settled();
    called = [];
    const second = await running.join();
    await running.settled();
    expect(called).toEqual(['revoked words[2]', 'assigned words[2]', 'recovered words[2]']);
    called = [];
    await second.stop();
    await running.settled();
    expect(called).toEqual(['revoked words[2]', 'assigned words[2]', 'recovered words[2]', 'stop']);
  });

  it('are told of partitions that were lost', async () => {
    const running = await start(Noting);
    await running.settled();
    called = [];
    running.broker.faults.losePartition({ topic: 'words', partition: 1 });
    await running.settled();
    expect(called).toEqual(['revoked words[1]', 'assigned words[1]', 'recovered words[1]']);
  });

  it('are not told of what the app keeps for itself', async () => {
    const letters = topic('keeping-dead-letters', { key: 'raw', value: 'raw' });
    @App({ id: 'keeping', errors: { then: 'skip' } })
    class Keeping extends Noting {
      @Handler(letters) look(): void {}
    }
    await (await start(Keeping, 1)).settled();
    expect(called).toEqual(['assigned words[0]', 'recovered words[0]']);
  });

  it('are called in the order in which classes depend on each other, and backwards when partitions go', async () => {
    class Service {
      @OnAssigned() come(): void {
        called.push('service comes');
      }
      @OnRevoked() go(): void {
        called.push('service goes');
      }
    }
    @App({ id: 'ordered', providers: [Service] })
    class Ordered {
      @Inject(Service) readonly service!: Service;
      @OnAssigned() come(): void {
        called.push('app comes');
      }
      @OnRevoked() go(): void {
        called.push('app goes');
      }
      @Handler(words) take(): void {}
    }
    const running = await start(Ordered);
    await running.settled();
    await running.stop();
    expect(called).toEqual(['service comes', 'app comes', 'app goes', 'service goes']);
  });

  it('are waited for: events come when they are done, one change after another', async () => {
    let done = () => {};
    @App({ id: 'slow' })
    class Slow extends Noting {
      @OnAssigned() override assigned(partitions: readonly TopicPartition[]): Promise<void> {
        called.push(`assigned ${show(partitions)}`);
        return new Promise((resolve) => {
          done = resolve;
        });
      }
    }
    const running = await start(Slow, 1);
    await running.send(words, { key: 'a', value: 'an event' });
    await running.settled({ running: 1 });
    expect(called).toEqual(['assigned words[0]']);
    running.broker.faults.revokeNow([{ topic: 'words', partition: 0 }]);
    await running.settled({ running: 1 });
    expect(called).toEqual(['assigned words[0]']);
    done();
    await running.settled({ running: 1 });
    expect(called).toEqual(['assigned words[0]', 'revoked words[0]', 'assigned words[0]']);
    done();
    await running.settled();
    expect(called.slice(3)).toEqual(['recovered words[0]', 'an event']);
  });
});

describe('@OnRecovered', () => {
  @App({ id: 'counting' })
  class Counting {
    constructor(@Inject(counts) readonly numbers: Table<string, number>) {}

    @OnAssigned() assigned(partitions: readonly TopicPartition[]): void {
      called.push(`assigned ${show(partitions)}`);
    }
    @OnRecovered() recovered(partitions: readonly TopicPartition[]): void {
      called.push(`recovered ${show(partitions)}: ${this.numbers.get('a')}, ${this.numbers.get('b')}`);
    }
    @Handler(words) count(word: string): void {
      this.numbers.update(word, (n) => n + 1);
      called.push(word);
    }
  }

  it('comes when all tables of the change can be read, and before any of their events', async () => {
    const running = await start(Counting);
    await running.send(
      words,
      ['a', 'b', 'a'].map((word) => ({ key: word, value: word })),
    );
    await running.settled();
    called = [];
    await running.crash();
    await running.send(words, { key: 'b', value: 'b' });
    await running.restart();
    await running.advance('60s');
    expect(called).toEqual([`assigned ${all}`, `recovered ${all}: 2, 1`, 'b']);
  });
});

describe('a hook that fails', () => {
  it.each(['assigned', 'recovered'] as const)(
    'ends the worker with its class and name when it is told what was %s, and no event runs',
    async (moment) => {
      @App({ id: 'failing' })
      class Failing extends Noting {
        override assigned(): void {
          fails('assigned');
        }
        override recovered(): void {
          fails('recovered');
        }
      }
      const fails = (each: string) => {
        if (each === moment) throw new RangeError('no disk');
      };
      const running = await start(Failing);
      await running.send(words, { key: 'a', value: 'an event' });
      const decorator = moment === 'assigned' ? '@OnAssigned' : '@OnRecovered';
      const error = await running.settled().catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(HookError);
      expect(error).toMatchObject({
        ...{ code: 'HOOK_FAILED', hook: `Failing.${moment}`, message: `${decorator} Failing.${moment} failed: no disk` },
        cause: expect.any(RangeError),
      });
      expect(called).not.toContain('an event');
    },
  );

  it('is logged when partitions go, which it does not keep, and the others are told', async () => {
    @App({ id: 'failing' })
    class Failing extends Noting {
      @OnRevoked() async flush(): Promise<void> {
        throw new RangeError('no disk');
      }
    }
    const running = await start(Failing);
    await running.settled();
    const second = await running.join();
    await running.settled();
    expect(called).toContain('revoked words[2]');
    expect(lines).toEqual(['@OnRevoked Failing.flush failed: no disk. The partitions go all the same']);
    await second.stop();
  });

  /** Hangs in one of its hooks, until it is let go. */
  let hangsIn: 'assigned' | 'recovered' | 'revoked' | undefined;
  let letGo = () => {};

  @App({ id: 'hanging', shutdownTimeout: '5s', drainTimeout: '2s' })
  class Hanging extends Noting {
    override assigned = () => this.#hang('assigned');
    override recovered = () => this.#hang('recovered');
    override revoked = () => this.#hang('revoked');

    async #hang(moment: string): Promise<void> {
      if (moment !== hangsIn) return;
      await new Promise<void>((resolve) => {
        letGo = resolve;
      });
      called.push(`${moment}, at last`);
    }
  }

  /** A second worker whose hook hangs, as it comes or as it stops. */
  async function hanging(moment: typeof hangsIn): Promise<TestWorker> {
    hangsIn = undefined;
    const running = await start(Hanging, 2);
    await running.settled();
    if (moment !== 'revoked') hangsIn = moment;
    const second = await running.join();
    await running.settled(moment === 'revoked' ? {} : { running: 1 });
    hangsIn = moment;
    return second;
  }

  // The worker ended as if all had finished, with exit code 0.
  it.each(['assigned', 'recovered', 'revoked'] as const)(
    'is named when the worker stops and it does not come to its end: %s',
    async (moment) => {
      const worker = await hanging(moment);
      const before = app?.clock.now() ?? 0;
      await worker.stop();
      hangsIn = undefined;
      const decorator = { assigned: '@OnAssigned', recovered: '@OnRecovered', revoked: '@OnRevoked' }[moment];
      await expect(worker.finished).rejects.toMatchObject({
        code: 'SHUTDOWN_INCOMPLETE',
        message: `not everything had finished within ${moment === 'revoked' ? 2 : 5} s of being asked to stop: ${decorator} Hanging.${moment}. It runs again after the restart`,
      });
      expect((app?.clock.now() ?? 0) - before).toBeLessThanOrEqual(5_000);
    },
  );

  it('is waited for as the worker stops', async () => {
    const worker = await hanging('assigned');
    called = [];
    const stopped = worker.stop();
    hangsIn = undefined;
    letGo();
    await stopped;
    await expect(worker.finished).resolves.toBeUndefined();
    expect(called).toEqual(['assigned, at last', 'stop']);
  });

  it('holds partitions that go no longer than drainTimeout', async () => {
    @App({ id: 'hanging' })
    class Hanging extends Noting {
      override revoked(): Promise<void> {
        return new Promise(() => undefined);
      }
    }
    const running = await start(Hanging, 1, { drainTimeout: '1s' });
    await running.settled();
    running.broker.faults.revokeNow([{ topic: 'words', partition: 0 }]);
    // A rebalance that is under way keeps an app from being settled.
    const passes = async (ms: number) => {
      running.clock.advanceTo(running.clock.now() + ms);
      for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate);
    };
    await passes(0);
    await passes(999);
    expect(lines).toEqual([]);
    await passes(1);
    expect(lines).toEqual(['@OnRevoked Hanging.revoked still runs after 1 s: the partitions go all the same']);
  });
});
