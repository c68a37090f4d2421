import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { App, CLOCK, type Clock, Handler, Inject, topic } from '@weir/core';
import { TestApp } from './index.js';

const inputs = topic('inputs', { value: 'string' });
const retry = { attempts: 3, backoff: '1s', jitter: 0 } as const;

/** What came to its end, once for each time. */
let done: string[];
let failed: string[];

/** One agent is done with everything while the other has hardly begun. */
@App({ id: 'two' })
class Two {
  constructor(@Inject(CLOCK) private readonly clock: Clock) {}

  @Handler(inputs)
  quick(value: string): void {
    done.push(`quick ${value}`);
  }

  @Handler(inputs)
  async slow(value: string): Promise<void> {
    await this.clock.sleep(300);
    done.push(`slow ${value}`);
  }
}

function once(value: string): void {
  if (value === 'a' && !failed.includes(value)) {
    failed.push(value);
    throw new Error('once');
  }
  done.push(value);
}

@App({ id: 'keyed', errors: { retry } })
class Keyed {
  @Handler(inputs, { concurrency: { by: 'key', max: 4 } })
  take(value: string): void {
    once(value);
  }
}

@App({ id: 'ordered', errors: { retry: { ...retry, order: 'key' } } })
class Ordered {
  @Handler(inputs)
  take(value: string): void {
    once(value);
  }
}

@App({ id: 'far', errors: { retry } })
class Far {
  @Handler(inputs, { concurrency: { by: 'key', max: 4, maxAhead: 20_000 } })
  take(value: string): void {
    once(value);
  }
}

let app: TestApp;
beforeEach(() => {
  done = [];
  failed = [];
});
afterEach(() => app.stop());

const turns = async () => {
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
};
const ways: readonly [string, () => Promise<unknown>][] = [
  ['a restart', () => app.restart()],
  ['a revoke', async () => app.broker.faults.revokeNow([{ topic: 'inputs', partition: 0 }])],
  ['one that joins and one that leaves', () => app.join().then((other) => app.restart().then(() => other.stop()))],
];
const shapes: readonly [string, new (...args: never[]) => object, string[]][] = [
  ['two agents of one topic', Two, ['a', 'b', 'c'].flatMap((value) => [`quick ${value}`, `slow ${value}`])],
  ['many keys, one of which waits for its retry', Keyed, ['a', 'b', 'c']],
  ['retries in order of their keys', Ordered, ['a', 'b', 'c']],
];

describe('at least once', () => {
  it.each(
    shapes.flatMap(([shape, appClass, expected]) => ways.map(([way, happens]) => [shape, way, appClass, happens, expected] as const)),
  )('repeats nothing of %s over %s', async (_shape, _way, appClass, happens, expected) => {
    app = await TestApp.start(appClass);
    await app.send(
      inputs,
      ['a', 'b', 'c'].map((value) => ({ key: value, value })),
    );
    await turns();
    await happens();
    await app.advance('10s');
    expect(done.sort()).toEqual([...expected].sort());
    expect(app.committed(inputs)).toBe(3);
  });

  it('repeats only what was not committed when a worker is killed', async () => {
    app = await TestApp.start(Keyed);
    await app.send(
      inputs,
      ['a', 'b', 'c'].map((value) => ({ key: value, value })),
    );
    await app.settled();
    await app.crash();
    await app.restart();
    await app.advance('10s');
    expect(done).toEqual(['b', 'c', 'a']);
  });

  it('loses nothing when more is done beyond a retry than can be noted', async () => {
    app = await TestApp.start(Far);
    const values = ['a', ...Array.from({ length: 5_000 }, (_, index) => `${index}`)];
    await app.send(
      inputs,
      values.map((value) => ({ key: value, value })),
    );
    await app.settled();
    await app.restart();
    await app.advance('10s');
    expect(new Set(done)).toEqual(new Set(values));
    expect(done).toHaveLength(values.length + 1_001);
    expect(app.committed(inputs)).toBe(values.length);
  }, 60_000);
});
