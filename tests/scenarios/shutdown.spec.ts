import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, test } from '@jest/globals';
import { Agent, App, type AppOptions, Handler, OnStop, type Overrides, type Stream, topic } from '@weir/core';
import { TestApp } from '@weir/testing';
import { gate, open, turns } from './gates.fixture.js';
import { keyedOrders, type Order, orderOf } from './orders.fixture.js';

let app: TestApp;

/** What loops and handlers were given. */
let seen: unknown[];

/** Stops the worker while something is held back, lets go, and starts another. */
async function restartAround(): Promise<void> {
  const restarted = app.restart();
  await turns();
  open();
  await restarted;
}

beforeEach(() => {
  seen = [];
});

afterEach(async () => {
  open();
  await app.stop();
});

describe.each(['at-least-once', 'exactly-once'] as const)('an agent whose worker stops, %s', (guarantee) => {
  let runs: number;

  @App({ id: 'retried', errors: { retry: { attempts: 5, backoff: '1s' } } })
  class Retried {
    @Agent(keyedOrders)
    async take(stream: Stream<Order>): Promise<void> {
      // As when it connects somewhere before it loops.
      if (++runs === 2) await gate();
      for await (const { id } of stream) {
        if (runs === 1) throw new Error('first');
        seen.push(id);
      }
    }
  }

  // Its stream was ended before it had begun to loop, and the event was committed.
  it('in the middle of a retry is still given the event', async () => {
    runs = 0;
    app = await TestApp.start(Retried, { overrides: { guarantee } });
    await app.send(keyedOrders, orderOf(1));
    await app.settled({ running: 1 });
    await app.advance('2s', { running: 1 });
    await restartAround();
    await app.settled();
    expect(seen).toEqual([1]);
    expect(app.committed(keyedOrders)).toBe(1);
  });

  @App({ id: 'leaves' })
  class Leaves {
    @Agent(keyedOrders)
    async take(stream: Stream<Order>): Promise<void> {
      for await (const some of stream.take(2, '100ms')) {
        seen.push(some.map(({ id }) => id));
        if (seen.length === 1) await gate();
        if (stream.signal.aborted) return;
      }
    }
  }

  it('acknowledges nothing that was fetched ahead for a loop which leaves', async () => {
    app = await TestApp.start(Leaves, { overrides: { guarantee } });
    await app.send(keyedOrders, orderOf(1));
    await app.advance('150ms', { running: 1 });
    await app.send(keyedOrders, orderOf(2));
    await app.settled({ running: 1 });
    await restartAround();
    await app.settled();
    await app.advance('1s');
    expect(seen).toEqual([[1], [2]]);
    expect(app.committed(keyedOrders)).toBe(2);
  });

  @App({ id: 'leaves-midway' })
  class LeavesMidway {
    @Agent(keyedOrders)
    async take(stream: Stream<Order>): Promise<void> {
      for await (const line of stream.flatMap(({ id }) => [id * 10, id * 10 + 1])) {
        seen.push(line);
        if (seen.length === 1) await gate();
        if (stream.signal.aborted) break;
      }
    }
  }

  it('acknowledges no event of which elements are left', async () => {
    app = await TestApp.start(LeavesMidway, { overrides: { guarantee } });
    await app.send(keyedOrders, orderOf(1));
    await app.settled({ running: 1 });
    await restartAround();
    await app.settled();
    expect(seen).toEqual([10, 10, 11]);
  });
});

describe('a worker that stops while a retry waits, with exactly once', () => {
  const orders = topic('orders', { key: 'string', value: 'string', partitions: 2 });
  let datadir: string;

  async function start(
    shape: new (...args: never[]) => object,
    overrides: Partial<AppOptions> & Pick<Overrides, 'logger'> = {},
  ): Promise<void> {
    app = await TestApp.start(shape, { overrides: { datadir, ...overrides } });
  }

  beforeEach(() => {
    datadir = mkdtempSync(path.join(tmpdir(), 'weir-'));
  });

  afterEach(async () => {
    await app.stop();
    rmSync(datadir, { recursive: true, force: true });
  });

  @App({ id: 'stopping', guarantee: 'exactly-once', errors: { retry: { attempts: 3, backoff: '10s' } } })
  class Stopping {
    @Handler(orders)
    take(): void {
      throw new Error('always');
    }
  }

  // Its lanes were opened anew after the transaction was undone, when the notes had been put away: the stop failed with ENOENT.
  test('ends in order', async () => {
    await start(Stopping);
    await app.send(orders, [{ key: 'a', value: 'a' }]);
    await app.settled();
    await expect(app.stop()).resolves.toBeUndefined();
    expect(existsSync(datadir)).toBe(false);
  });
});

describe.each(['at-least-once', 'exactly-once'] as const)('a stop hook that never ends, %s', (guarantee) => {
  @App({ id: 'hook', shutdownTimeout: '5s' })
  class Hook {
    @OnStop()
    stop(): Promise<void> {
      return new Promise(() => {});
    }

    @Handler(keyedOrders)
    handle(): void {}
  }

  it('does not hold up the end beyond shutdownTimeout', async () => {
    app = await TestApp.start(Hook, { overrides: { guarantee } });
    await app.send(keyedOrders, orderOf(1));
    await app.settled();
    const before = app.clock.now();
    await app.stop();
    expect(app.clock.now() - before).toBeLessThanOrEqual(6_000);
  });
});
