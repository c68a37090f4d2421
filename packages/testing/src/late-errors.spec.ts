import { cpSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Agent, App, Handler, type Stream, topic } from '@weir/core';
import { TestApp } from './test-app.js';

const orders = topic('orders', { key: 'string', value: 'string', partitions: 2 });
/** What handlers worked on to the end. */
let done: string[];
let datadir: string;
let app: TestApp;

beforeEach(() => {
  datadir = mkdtempSync(path.join(tmpdir(), 'weir-'));
  done = [];
});

afterEach(async () => {
  await app.stop();
  rmSync(datadir, { recursive: true, force: true });
});

describe('an error that nobody catches, from what a handler has begun and not waited for', () => {
  /** The end of the process, as far as a test can: what was noted then is what the next worker finds. */
  let exit: () => void;
  let exited: Promise<void>;

  /** The error of the poison comes when it is done already. */
  async function begin(order: string): Promise<void> {
    if (order === 'poison at once') void Promise.resolve().then(exit);
    if (order === 'poison later') setTimeout(exit, 2);
    done.push(order);
  }

  @App({ id: 'one', commitInterval: '1h' })
  class OneAtATime {
    @Handler(orders)
    handle(order: string): void {
      void begin(order);
    }
  }

  @App({ id: 'keys', commitInterval: '1h' })
  class ByKey {
    @Handler(orders, { concurrency: { by: 'key', max: 8 } })
    async handle(order: string): Promise<void> {
      await begin(order);
    }
  }

  @App({ id: 'arrays', commitInterval: '1h' })
  class Arrays {
    @Handler(orders, { batch: { max: 5 } })
    async handle(some: string[]): Promise<void> {
      for (const order of some) await begin(order);
    }
  }

  @App({ id: 'loop', commitInterval: '1h' })
  class Loop {
    @Agent(orders)
    async handle(stream: Stream<string>): Promise<void> {
      for await (const order of stream) await begin(order);
    }
  }

  @App({ id: 'steps', commitInterval: '1h' })
  class Steps {
    @Agent(orders)
    async handle(stream: Stream<string>): Promise<void> {
      const passing = stream.filter(async (order) => {
        await begin(order);
        return order !== 'poison at once';
      });
      for await (const _ of passing.take(2, '1s'));
    }
  }

  /** Starts a worker, and says how to end it. */
  async function startToExit(begin: () => Promise<void>): Promise<void> {
    const before = new Set(process.listeners('exit'));
    await begin();
    const ours = process.listeners('exit').filter((listener) => !before.has(listener)) as (() => void)[];
    const noted = `${datadir}-noted`;
    exited = new Promise((resolve) => {
      exit = () => {
        exit = () => {};
        for (const listener of ours) listener();
        cpSync(datadir, noted, { recursive: true });
        resolve();
      };
    });
  }

  async function crash(): Promise<void> {
    await app.crash();
    rmSync(datadir, { recursive: true });
    renameSync(`${datadir}-noted`, datadir);
  }

  // It was never found: it was done when the process ended. Those that were in hand just then were set aside instead.
  test.each([
    ['at once', OneAtATime, 3],
    ['at once', ByKey, 3],
    ['at once', Loop, 3],
    ['at once', Arrays, 3],
    ['at once', Steps, 3],
    ['later', OneAtATime, 3],
    ['later', ByKey, 3],
    ['later', Arrays, 3],
  ] as const)('is put down to its input: %s, %p', async (when, shape, crashes) => {
    await startToExit(async () => {
      app = await TestApp.start(shape, { overrides: { datadir } });
    });
    const values = ['a', 'b', `poison ${when}`, 'c', 'd'];
    await app.send(
      orders,
      values.map((value) => ({ key: value, value, partition: 0 })),
    );
    for (let count = 0; count < crashes; count++) {
      expect(app.deadLetters()).toEqual([]);
      await exited;
      await crash();
      await startToExit(() => app.restart());
    }
    await app.advance('5s');
    expect(app.deadLetters().map(({ value, attempts, error }) => [String(value), attempts, error.code])).toEqual([
      [`poison ${when}`, crashes, 'INPUT_CRASHES'],
    ]);
    expect(new Set(done)).toEqual(new Set(values));
  });
});
