import { afterEach, describe, expect, it } from '@jest/globals';
import { Agent, App, Handler, Inject, type Stream, type Topic, topic } from '@weir/core';
import { TestApp } from '@weir/testing';
import { pino } from 'pino';
import { turns } from './gates.fixture.js';
import { invoices, type Order, orders } from './orders.fixture.js';

let app: TestApp;
afterEach(() => app?.stop());
const ids = () => app.sent(invoices).map(({ value }) => value.id);
const order = (id: number) => ({ key: `${id % 5}`, value: { id } });

describe('exactly once', () => {
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

describe('exactly once, when the broker does not play along', () => {
  const inputs = topic('inputs', { value: 'string' });
  const outputs = topic('outputs', { value: 'string' });

  @App({ id: 'upper', guarantee: 'exactly-once', member: 'm' })
  class Upper {
    fails = 1;

    @Handler(inputs, { sinks: [outputs] })
    take(value: string): string {
      if (value === 'bad' && this.fails-- > 0) throw new Error('once');
      return value.toUpperCase();
    }
  }

  // The first abort or commit that was not answered ended the worker.
  it.each([0, 20, 90, 110])('waits for one that goes away %i ms after the first event', async (ms) => {
    app = await TestApp.start(Upper);
    await app.send(inputs, { value: 'bad' });
    await turns(20);
    app.clock.advanceTo(app.clock.now() + ms);
    await turns(20);
    await app.send(inputs, { value: 'good' });
    await turns(20);
    app.broker.faults.down();
    await app.advance('10m', { running: 2 });
    app.broker.faults.up();
    await app.advance('10s');
    expect(app.sent(outputs).map(({ value }) => value)).toEqual(['BAD', 'GOOD']);
    expect(app.committed(inputs)).toBe(2);
  });

  it('shows the output of a message once that is delivered again', async () => {
    app = await TestApp.start(Upper);
    app.broker.faults.duplicate(1);
    await app.send(inputs, { value: 'good' });
    await app.settled();
    await app.send(inputs, { value: 'more' });
    await app.settled();
    expect(app.sent(outputs).map(({ value }) => value)).toEqual(['GOOD', 'MORE']);
  });

  @App({ id: 'exact-waiting', guarantee: 'exactly-once', drainTimeout: '2s', commitInterval: '100ms' })
  class Waiting {
    constructor(@Inject(outputs) private readonly out: Topic<string, string>) {}

    @Handler(inputs)
    async take(value: string): Promise<void> {
      await this.out.send({ value });
      await this.out.send({ value: value.toUpperCase() });
    }
  }

  // One that answered just when the time of the handlers was over left them none for what they had waited for: the worker ended.
  it.each([1_000, 1_900, 2_200, 3_000, 4_000, 10_000])(
    'gives handlers their time once it has taken what they sent, after %i ms',
    async (ms) => {
      app = await TestApp.start(Waiting);
      await app.send(inputs, { value: 'good' });
      app.broker.faults.delayProduce(ms);
      await app.advance('30s');
      expect(app.sent(outputs).map(({ value }) => value)).toEqual(['good', 'GOOD']);
      expect(app.committed(inputs)).toBe(1);
    },
  );

  // It was blamed on the dead-letter topic.
  it('says that another worker has taken over, also where an event is set aside', async () => {
    app = await TestApp.start(Upper);
    app.broker.faults.fenceProducer('upper-m');
    await app.send(inputs, { value: Buffer.from([0xff]) });
    await expect(app.advance('5s')).rejects.toMatchObject({ code: 'PRODUCER_FENCED' });
  });
});
