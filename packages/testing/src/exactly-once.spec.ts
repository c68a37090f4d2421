import { afterEach, describe, expect, it } from '@jest/globals';
import { Agent, App, Handler, Inject, json, type Stream, type Topic, topic } from '@weir/core';
import { pino } from 'pino';
import { TestApp } from './index.js';

interface Order {
  readonly id: number;
}
const orders = topic('orders', { value: json<Order>() });
const invoices = topic('invoices', { value: json<Order>() });

@App({ id: 'exact', guarantee: 'exactly-once', errors: { retry: { attempts: 2, backoff: '1s' } } })
class Exact {
  tries = 0;
  constructor(@Inject(invoices) private readonly out: Topic<string, Order>) {}

  @Handler(orders)
  invoice({ id }: Order): void {
    this.out.sendSoon({ key: `${id}`, value: { id } });
    if (id === 13) {
      this.tries++;
      throw new Error('unlucky');
    }
  }
}

@App({ id: 'exact-stream', guarantee: 'exactly-once', errors: { retry: { attempts: 1, backoff: '1s' } } })
class ExactStream {
  @Agent(orders, { sinks: [invoices] })
  async *invoice(stream: Stream<Order>): AsyncIterable<Order> {
    for await (const { id } of stream) {
      yield { id };
      if (id === 13) throw new Error('unlucky after yielding');
    }
  }
}

@App({ id: 'exact-held', guarantee: 'exactly-once' })
class Held {
  release = () => {};
  constructor(@Inject(invoices) private readonly out: Topic<string, Order>) {}

  @Handler(orders)
  async invoice({ id }: Order): Promise<void> {
    this.out.sendSoon({ key: `${id}`, value: { id } });
    if (id === 2)
      await new Promise<void>((resolve) => {
        this.release = resolve;
      });
  }
}

@App({ id: 'exact-late', guarantee: 'exactly-once' })
class Late {
  release = () => {};
  constructor(@Inject(invoices) private readonly out: Topic<string, Order>) {}

  @Handler(orders)
  async invoice({ id }: Order): Promise<void> {
    await new Promise<void>((resolve) => {
      this.release = resolve;
    });
    this.out.sendSoon({ key: `${id}`, value: { id } });
  }
}

@App({ id: 'exact-slow', guarantee: 'exactly-once', drainTimeout: '2s' })
class Slow {
  constructor(@Inject(invoices) private readonly out: Topic<string, Order>) {}

  @Handler(orders)
  async invoice({ id }: Order): Promise<void> {
    await this.out.send({ key: `${id}`, value: { id } });
    return new Promise(() => {});
  }
}

@App({ id: 'exact-patient', guarantee: 'exactly-once', drainTimeout: '20s' })
class Patient {
  release = () => {};
  constructor(@Inject(invoices) private readonly out: Topic<string, Order>) {}

  @Handler(orders)
  async invoice({ id }: Order): Promise<void> {
    await this.out.send({ key: `${id}`, value: { id } });
    await new Promise<void>((resolve) => Object.assign(this, { release: resolve }));
  }
}

@App({ id: 'exact-taking', guarantee: 'exactly-once', drainTimeout: '2s' })
class Taking {
  @Agent(orders, { sinks: [invoices] })
  async *invoice(stream: Stream<Order>): AsyncIterable<Order> {
    for await (const some of stream.take(2, '1m')) yield { id: some.reduce((sum, { id }) => sum + id, 0) };
  }
}

@App({ id: 'exact-arrays', guarantee: 'exactly-once' })
class Arrays {
  readonly seen: number[] = [];
  release = () => {};

  @Handler(orders, { batch: { max: 2, within: '10s' } })
  async invoice(some: Order[]): Promise<void> {
    this.seen.push(some.length);
    if (some.length === 2) await new Promise<void>((resolve) => Object.assign(this, { release: resolve }));
  }
}

@App({ id: 'exact-zombie', guarantee: 'exactly-once', errors: { retry: { attempts: 0 } } })
class Zombie {
  wake = () => {};
  thrown: unknown;
  constructor(@Inject(invoices) private readonly out: Topic<string, Order>) {}

  @Handler(orders, { handlerTimeout: '5s' })
  async invoice({ id }: Order): Promise<void> {
    await new Promise<void>((resolve) => {
      this.wake = resolve;
    });
    try {
      this.out.sendSoon({ key: 'late', value: { id } });
    } catch (error) {
      this.thrown = error;
    }
  }
}

let app: TestApp;
afterEach(() => app?.stop());
const ids = () => app.sent(invoices).map(({ value }) => value.id);
const order = (id: number) => ({ key: `${id % 5}`, value: { id } });

describe('exactly once', () => {
  it('shows outputs only together with the offsets of what they came from', async () => {
    app = await TestApp.start(Exact, { partitions: 2 });
    await app.send(orders, [1, 2, 3, 4].map(order));
    await app.settled();
    expect(ids().sort()).toEqual([1, 2, 3, 4]);
    expect(app.committed(orders, 0) + app.committed(orders, 1)).toBeGreaterThanOrEqual(4);
  });

  it('undoes what a failed try has sent before it tries again', async () => {
    app = await TestApp.start(Exact);
    await app.send(orders, [1, 13, 2].map(order));
    await app.settled();
    await app.advance('10s');
    expect(app.get(Exact).tries).toBe(3);
    expect(ids()).toEqual([1, 2]);
    expect(app.deadLetters()).toMatchObject([{ offset: 1, attempts: 3 }]);
    expect(app.committed(orders)).toBeGreaterThanOrEqual(3);
  });

  it('undoes what an agent has yielded for an event that it fails on', async () => {
    app = await TestApp.start(ExactStream);
    await app.send(orders, [1, 13, 2].map(order));
    await app.settled();
    await app.advance('10s');
    expect(ids()).toEqual([1, 2]);
    expect(app.deadLetters()).toMatchObject([{ offset: 1, attempts: 2 }]);
  });

  it('repeats no output when a worker crashes before its transaction is committed', async () => {
    app = await TestApp.start(Held);
    await app.send(orders, [1, 2].map(order));
    await app.settled({ running: 1 });
    // The commit did not wait for the second: it has not sent anything yet.
    expect(ids()).toEqual([1]);
    await app.crash();
    await app.restart();
    await app.settled({ running: 1 });
    app.get(Held).release();
    await app.settled();
    expect(ids()).toEqual([1, 2]);
  });

  // Its transactions used to be undone and begun again for ever, in silence.
  it('ends the worker when a handler takes longer than a transaction may wait', async () => {
    app = await TestApp.start(Slow);
    await app.send(orders, order(1));
    await app.settled({ running: 1 });
    const ended = expect(app.advance('10s', { running: 1 })).rejects;
    await ended.toMatchObject({
      code: 'TRANSACTION_ABORTED',
      message: expect.stringContaining('Slow.invoice on orders[0]@0 did not come to an end within 2 s after it had sent something'),
    });
  });

  it('says what a transaction waits for that takes long', async () => {
    const lines: string[] = [];
    const logger = pino({ level: 'warn' }, { write: (line) => lines.push((JSON.parse(line) as { readonly msg: string }).msg) });
    app = await TestApp.start(Patient, { overrides: { logger } });
    await app.send(orders, order(2));
    await app.settled({ running: 1 });
    await app.advance('15s', { running: 1 });
    expect(lines).toEqual(['the transaction is not done after 10 s: waiting until attempts that have sent come to their ends']);
    app.get(Patient).release();
    await app.settled();
    expect(ids()).toEqual([2]);
  });

  // Handlers that had sent nothing were waited for too: a commit took as long as the slowest of them.
  it('commits without waiting for handlers that have sent nothing', async () => {
    app = await TestApp.start(Late, { partitions: 2 });
    await app.send(orders, { partition: 0, value: { id: 1 } });
    await app.settled({ running: 1 });
    await app.send(orders, { partition: 1, value: { id: 2 } });
    await app.settled({ running: 2 });
    app.get(Late).release();
    await app.settled({ running: 1 });
    expect(ids()).toEqual([2]);
    expect([app.committed(orders, 0), app.committed(orders, 1)]).toEqual([0, 1]);
  });

  it('commits what is done while a stream still gathers', async () => {
    app = await TestApp.start(Taking);
    await app.send(orders, [1, 2, 3].map(order));
    await app.advance('30s');
    expect(ids()).toEqual([3]);
    expect(app.committed(orders)).toBe(2);
    await app.advance('1m');
    expect(ids()).toEqual([3, 3]);
    expect(app.committed(orders)).toBeGreaterThanOrEqual(3);
  });

  // An array that became due while another transaction was waited for was held, and its time began afresh.
  it('runs an array when it is due, whatever other handlers are at', async () => {
    app = await TestApp.start(Arrays, { partitions: 2 });
    await app.send(orders, [
      { partition: 0, value: { id: 1 } },
      { partition: 0, value: { id: 2 } },
      { partition: 1, value: { id: 3 } },
    ]);
    await app.advance('11s', { running: 1 });
    expect(app.get(Arrays).seen).toEqual([2, 1]);
    app.get(Arrays).release();
    await app.settled();
  });

  // What it sent after its time used to be committed with the next transaction.
  it('refuses what a handler sends after it ran out of its time', async () => {
    app = await TestApp.start(Zombie);
    await app.send(orders, order(1));
    await app.settled({ running: 1 });
    await app.advance('10s', { running: 1 });
    expect(app.deadLetters()).toMatchObject([{ error: { code: 'HANDLER_TIMEOUT' }, attempts: 1 }]);
    app.get(Zombie).wake();
    await app.settled();
    expect(app.get(Zombie).thrown).toMatchObject({ code: 'ATTEMPT_CLOSED' });
    expect(ids()).toEqual([]);
  });

  it('begins again when a transaction cannot be committed', async () => {
    app = await TestApp.start(Exact);
    app.broker.faults.failProduce(1);
    const second = app.send(orders, [7].map(order)).catch(() => app.send(orders, [7].map(order)));
    await second;
    await app.settled();
    app.broker.faults.failProduce(1);
    await app.send(orders, [8].map(order)).catch(() => app.send(orders, [8].map(order)));
    await app.settled();
    expect(ids().sort()).toEqual([7, 8]);
  });
});

describe('while a transaction is committed', () => {
  @App({ id: 'exact-overlap', guarantee: 'exactly-once' })
  class Overlap {
    calls = 0;
    release = () => {};
    constructor(@Inject(invoices) readonly out: Topic<string, Order>) {}

    @Handler(orders)
    invoice({ id }: Order): Promise<void> | undefined {
      this.calls++;
      if (this.calls > 1) return this.send(id);
      return new Promise<void>((resolve) => {
        this.release = resolve;
      }).then(() => this.send(id));
    }

    send(id: number): undefined {
      this.out.sendSoon({ key: `${id}`, value: { id } });
    }
  }

  /** Its transaction waits a second for the broker to take the output of the first order. */
  async function committing(): Promise<Overlap> {
    app = await TestApp.start(Overlap);
    await app.send(orders, order(1));
    await app.settled({ running: 1 });
    app.broker.faults.delayProduce(1_000);
    app.get(Overlap).release();
    await app.advance('500ms');
    app.broker.faults.delayProduce(0);
    expect([app.get(Overlap).calls, ids(), app.committed(orders)]).toEqual([1, [], 0]);
    return app.get(Overlap);
  }

  it('goes on with the next events, whose outputs belong to the next transaction', async () => {
    const overlap = await committing();
    await app.send(orders, [2, 3].map(order));
    await app.advance('100ms');
    expect([overlap.calls, ids(), app.committed(orders)]).toEqual([3, [], 0]);
    await app.advance('5s');
    expect([overlap.calls, ids()]).toEqual([3, [1, 2, 3]]);
  });

  it('runs those events again, with those before them, when it cannot be', async () => {
    const overlap = await committing();
    app.broker.faults.dropCommits(1);
    await app.send(orders, [2, 3].map(order));
    await app.advance('5s');
    expect([overlap.calls, ids()]).toEqual([6, [1, 2, 3]]);
  });

  // Its outputs and its offset used to be committed though the partition had been lost in between, and its events ran again.
  it('is given up when a partition is lost, also one that is ours again', async () => {
    await committing();
    app.broker.faults.losePartition({ topic: 'orders', partition: 0 });
    await app.send(orders, [2, 3].map(order));
    await app.advance('5s');
    expect(ids()).toEqual([1, 2, 3]);
    expect(app.committed(orders)).toBe(3);
  });

  it('keeps what timers and services send, whatever becomes of it', async () => {
    const overlap = await committing();
    app.broker.faults.dropCommits(1);
    const sent = overlap.out.send({ key: 'service', value: { id: 100 } });
    await app.advance('5s');
    expect([await sent, ids().sort()]).toEqual([expect.objectContaining({ topic: 'invoices' }), [1, 100]]);
  });
});

describe('a message that cannot be decoded', () => {
  const inputs = topic('inputs', { value: json<number>() });
  const remarks = topic('remarks', { value: 'string' });

  @App({ id: 'undecodable', guarantee: 'exactly-once' })
  class Undecodable {
    constructor(@Inject(remarks) readonly notes: Topic<string, string>) {}

    @Handler(inputs, { batch: { max: 3, within: '10ms' } })
    arrays(): void {}

    @Agent(inputs)
    async loop(stream: Stream<number>): Promise<void> {
      for await (const _ of stream);
    }
  }

  // Where anything had been sent outside of a handler, its transaction was aborted and begun again for ever.
  it('is set aside, also where a service has sent something', async () => {
    app = await TestApp.start(Undecodable);
    await app.get(Undecodable).notes.send({ key: 'service', value: 'before' });
    await app.send(inputs, { value: Buffer.from('{') });
    await app.advance('5s');
    expect(app.deadLetters().map(({ agent, attempts }) => [agent, attempts])).toEqual(
      expect.arrayContaining([
        ['Undecodable.arrays', 1],
        ['Undecodable.loop', 1],
      ]),
    );
    expect(app.deadLetters()).toHaveLength(2);
    expect(app.committed(inputs)).toBe(1);
  });
});
