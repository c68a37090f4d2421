import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Agent, App, CLOCK, type Clock, type Event, Handler, Inject, json, OnStop, type Stream, topic } from '@weir/core';
import { TestApp } from './index.js';

interface Order {
  readonly id: number;
}
const orders = topic('orders', { key: 'string', value: json<Order>() });
const invoices = topic('invoices', { key: 'string', value: json<Order>() });
const order = (id: number, key = 'a') => ({ key, value: { id } });

let app: TestApp;
/** What loops and handlers were given. */
let seen: unknown[];
let gates: (() => void)[];
/** Until the test lets go. */
const gate = () => new Promise<void>((resolve) => gates.push(resolve));
const open = () => {
  for (const release of gates.splice(0)) release();
};
const turns = async () => {
  for (let turn = 0; turn < 30; turn++) await new Promise(setImmediate);
};

/** Stops the worker while something is held back, lets go, and starts another. */
async function restartAround(): Promise<void> {
  const restarted = app.restart();
  await turns();
  open();
  await restarted;
}

beforeEach(() => {
  seen = [];
  gates = [];
});
afterEach(async () => {
  open();
  await app.stop();
});

describe('an agent whose worker stops', () => {
  let runs: number;

  @App({ id: 'retried', errors: { retry: { attempts: 5, backoff: '1s' } } })
  class Retried {
    @Agent(orders)
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
    app = await TestApp.start(Retried);
    await app.send(orders, order(1));
    await app.settled({ running: 1 });
    await app.advance('2s', { running: 1 });
    await restartAround();
    await app.settled();
    expect(seen).toEqual([1]);
    expect(app.committed(orders)).toBe(1);
  });

  @App({ id: 'leaves' })
  class Leaves {
    @Agent(orders)
    async take(stream: Stream<Order>): Promise<void> {
      for await (const some of stream.take(2, '100ms')) {
        seen.push(some.map(({ id }) => id));
        if (seen.length === 1) await gate();
        if (stream.signal.aborted) return;
      }
    }
  }

  it('acknowledges nothing that was fetched ahead for a loop which leaves', async () => {
    app = await TestApp.start(Leaves);
    await app.send(orders, order(1));
    await app.advance('150ms', { running: 1 });
    await app.send(orders, order(2));
    await app.settled({ running: 1 });
    await restartAround();
    await app.settled();
    await app.advance('1s');
    expect(seen).toEqual([[1], [2]]);
    expect(app.committed(orders)).toBe(2);
  });

  @App({ id: 'leaves-midway' })
  class LeavesMidway {
    @Agent(orders)
    async take(stream: Stream<Order>): Promise<void> {
      for await (const line of stream.flatMap(({ id }) => [id * 10, id * 10 + 1])) {
        seen.push(line);
        if (seen.length === 1) await gate();
        if (stream.signal.aborted) break;
      }
    }
  }

  it('acknowledges no event of which elements are left', async () => {
    app = await TestApp.start(LeavesMidway);
    await app.send(orders, order(1));
    await app.settled({ running: 1 });
    await restartAround();
    await app.settled();
    expect(seen).toEqual([10, 10, 11]);
  });
});

describe('events that are expanded and gathered', () => {
  @App({ id: 'lines' })
  class Lines {
    @Agent(orders)
    async take(stream: Stream<Order>): Promise<void> {
      const lines = stream.flatMap(({ id }) => [id * 10, -1]).filter((line) => line > 0);
      for await (const some of lines.take(3, '1h')) seen.push(...some);
    }
  }

  // Its last element was dropped, and the event was finished with it though its first was only gathered.
  it('are not finished while an array that was not run holds one of their elements', async () => {
    app = await TestApp.start(Lines);
    await app.send(
      orders,
      [1, 2].map((id) => order(id)),
    );
    await app.advance('5s');
    expect(app.committed(orders)).toBe(0);
    await app.crash();
    // What is left of the crashed process runs on in this one.
    await turns();
    seen = [];
    await app.restart();
    await app.send(orders, order(3));
    await app.settled();
    expect(seen).toEqual([10, 20, 30]);
    expect(app.committed(orders)).toBe(3);
  });

  @App({ id: 'pairs' })
  class Pairs {
    @Agent(orders)
    async take(stream: Stream<Order>): Promise<void> {
      const lines = stream.flatMap(({ id }) => (id === 0 ? [id] : [id, id]));
      for await (const some of lines.take(2, '1m')) seen.push(some);
    }
  }

  // Arrays ended in the middle of events, and nothing was finished any more.
  it('are finished although arrays end in the middle of them', async () => {
    app = await TestApp.start(Pairs);
    await app.send(
      orders,
      Array.from({ length: 50 }, (_, id) => order(id)),
    );
    await app.advance('30s');
    expect(seen).toHaveLength(49);
    expect(app.committed(orders)).toBe(49);
  });

  @App({ id: 'arrays-of-arrays' })
  class ArraysOfArrays {
    @Agent(orders)
    async take(stream: Stream<Order>): Promise<void> {
      const pairs = stream.take(2, '1h').filter(([first]) => first.id !== 3);
      for await (const some of pairs.take(2, '1h')) seen.push(some.flat().map(({ id }) => id));
    }
  }

  it('are not finished with an array that a filter drops after theirs', async () => {
    app = await TestApp.start(ArraysOfArrays);
    await app.send(
      orders,
      [1, 2, 3, 4].map((id) => order(id)),
    );
    await app.advance('5s');
    expect(app.committed(orders)).toBe(0);
    await app.send(
      orders,
      [5, 6].map((id) => order(id)),
    );
    await app.settled();
    expect(seen).toEqual([[1, 2, 5, 6]]);
    expect(app.committed(orders)).toBe(6);
  });
});

describe('a generator over arrays', () => {
  @App({ id: 'yields' })
  class Yields {
    @Agent(orders, { sinks: [invoices] })
    async *take(stream: Stream<Order>): AsyncIterable<Order> {
      for await (const some of stream.take(2, '100ms')) {
        await gate();
        yield some[0];
      }
    }
  }

  it('gives its results the key of an event that it was given, not of one fetched ahead', async () => {
    app = await TestApp.start(Yields);
    await app.send(orders, order(1, 'one'));
    await app.advance('150ms', { running: 1 });
    await app.send(orders, order(2, 'two'));
    await app.settled({ running: 1 });
    open();
    await app.settled({ running: 1 });
    expect(app.sent(invoices).map(({ key, value }) => [key, value.id])).toEqual([['one', 1]]);
  });
});

describe('faults of the app itself', () => {
  const broken = () => {
    throw new Error('a fault in retryable');
  };

  @App({ id: 'retryable', errors: { retry: { attempts: 1, backoff: '1s', retryable: broken } } })
  class Retryable {
    @Handler(orders)
    handle({ id }: Order): void {
      if (id === 1) throw new Error('bad');
      seen.push(id);
    }
  }

  it('have an event set aside whose `retryable` throws', async () => {
    app = await TestApp.start(Retryable);
    await app.send(
      orders,
      [0, 1, 2].map((id) => order(id)),
    );
    await app.settled();
    expect(seen).toEqual([0, 2]);
    expect(app.deadLetters()).toHaveLength(1);
    expect(app.committed(orders)).toBe(3);
  });

  const late = async () => {
    await Promise.resolve();
    throw new Error('late');
  };
  const atOnce = () => {
    throw new Error('at once');
  };

  @App({ id: 'sinks', errors: { retry: { attempts: 0 } } })
  class Sinks {
    @Handler(orders, { sinks: [late, atOnce] })
    handle(value: Order): Order {
      return value;
    }
  }

  // The first sink's rejection was nobody's, which ends a process.
  it('have an event set aside of which two sinks fail', async () => {
    app = await TestApp.start(Sinks);
    await app.send(orders, order(1));
    await app.settled();
    await turns();
    expect(app.deadLetters().map(({ error }) => error.message)).toEqual(['at once']);
  });

  @App({ id: 'hook', shutdownTimeout: '5s' })
  class Hook {
    @OnStop()
    stop(): Promise<void> {
      return new Promise(() => {});
    }

    @Handler(orders)
    handle(): void {}
  }

  it('do not hold up the end beyond shutdownTimeout, where a stop hook never ends', async () => {
    app = await TestApp.start(Hook);
    await app.send(orders, order(1));
    await app.settled();
    const before = app.clock.now();
    await app.stop();
    expect(app.clock.now() - before).toBeLessThanOrEqual(6_000);
  });
});

describe('signals of events that are done', () => {
  const signals: AbortSignal[] = [];

  @App({ id: 'signals' })
  class Signals {
    @Handler(orders, { batch: { max: 5 } })
    async batch(_: Order[], events: Event[]): Promise<void> {
      for (const { signal } of events) signals.push(signal);
    }

    @Handler(orders)
    sync(_: Order, { signal }: Event): void {
      signals.push(signal);
    }
  }

  it('are let go: a hand-over does not abort them', async () => {
    app = await TestApp.start(Signals);
    await app.send(
      orders,
      Array.from({ length: 10 }, (_, id) => order(id)),
    );
    await app.settled();
    await app.restart();
    expect(signals).toHaveLength(20);
    expect(signals.filter(({ aborted }) => aborted)).toEqual([]);
  });
});

describe('a second loop over a stream', () => {
  @App({ id: 'second' })
  class Second {
    readonly seen: number[] = [];

    constructor(@Inject(CLOCK) private readonly clock: Clock) {}

    @Agent(orders)
    async take(stream: Stream<Order>): Promise<void> {
      for await (const some of stream.take(2, '100ms')) {
        this.seen.push(...some.map(({ id }) => id));
        await this.clock.sleep(50);
        break;
      }
      for await (const { id } of stream) this.seen.push(id);
    }
  }

  // The event that was fetched ahead for the first went nowhere, and the offset stood still.
  it('is refused where arrays are gathered', async () => {
    app = await TestApp.start(Second);
    await app.send(orders, order(1));
    await expect(app.advance('1s')).rejects.toThrow(/a stream with take or flatMap is looped over once/);
    expect(app.committed(orders)).toBe(1);
  });

  @App({ id: 'header' })
  class Header {
    readonly seen: string[] = [];

    @Agent(orders)
    async take(stream: Stream<Order>): Promise<void> {
      for await (const { id } of stream) {
        this.seen.push(`first ${id}`);
        break;
      }
      for await (const { id } of stream) this.seen.push(`next ${id}`);
    }
  }

  it('goes on where nothing is fetched ahead', async () => {
    app = await TestApp.start(Header);
    await app.send(
      orders,
      [1, 2, 3].map((id) => order(id)),
    );
    await app.settled();
    expect(app.get(Header).seen).toEqual(['first 1', 'next 2', 'next 3']);
    expect(app.committed(orders)).toBe(3);
  });
});
