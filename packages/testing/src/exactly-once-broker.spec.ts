import { afterEach, describe, expect, it } from '@jest/globals';
import { Agent, App, Handler, Inject, type Stream, type Topic, topic } from '@weir/core';
import { TestApp } from './index.js';

let app: TestApp;
afterEach(() => app?.stop());

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

  const turns = async () => {
    for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
  };

  // The first abort or commit that was not answered ended the worker.
  it.each([0, 20, 90, 110])('waits for one that goes away %i ms after the first event', async (ms) => {
    app = await TestApp.start(Upper);
    await app.send(inputs, { value: 'bad' });
    await turns();
    app.clock.advanceTo(app.clock.now() + ms);
    await turns();
    await app.send(inputs, { value: 'good' });
    await turns();
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

describe('a message that the broker never takes', () => {
  const inputs = topic('inputs', { key: 'string', value: 'string', partitions: 2 });
  const outputs = topic('outputs', { key: 'string', value: 'string', partitions: 2 });
  const options = { guarantee: 'exactly-once', errors: { retry: { attempts: 1, backoff: '1s' } } } as const;

  @App({ id: 'refused-serial', ...options })
  class Serial {
    @Handler(inputs, { sinks: [outputs] })
    take(value: string): string {
      return value;
    }
  }

  @App({ id: 'refused-keyed', ...options })
  class Keyed {
    @Handler(inputs, { concurrency: { by: 'key', max: 4 }, sinks: [outputs] })
    async take(value: string): Promise<string> {
      return value;
    }
  }

  @App({ id: 'refused-arrays', ...options })
  class Arrays {
    constructor(@Inject(outputs) private readonly out: Topic<string, string>) {}

    @Handler(inputs, { batch: { max: 3, within: '10ms' } })
    take(values: string[]): void {
      for (const value of values) this.out.sendSoon({ key: value, value });
    }
  }

  @App({ id: 'refused-loop', ...options })
  class Loop {
    @Agent(inputs, { sinks: [outputs] })
    async *take(stream: Stream<string>): AsyncIterable<string> {
      for await (const value of stream) yield value;
    }
  }

  @App({ id: 'refused-tolerant', ...options })
  class Tolerant {
    constructor(@Inject(outputs) private readonly out: Topic<string, string>) {}

    @Handler(inputs)
    async take(value: string): Promise<void> {
      await this.out.send({ key: value, value }).catch(() => undefined);
    }
  }

  // Its transaction used to be aborted and begun again for ever: nothing was committed any more.
  it.each([
    ['one event at a time', Serial],
    ['many keys at once', Keyed],
    ['arrays', Arrays],
    ['a loop', Loop],
    ['a handler that does not mind', Tolerant],
  ])('sets its event aside, and no other: %s', async (_, shape) => {
    app = await TestApp.start(shape);
    app.broker.faults.failProduce(({ topic: to, value }) => to === 'outputs' && String(value) === 'bad');
    const all = ['a', 'b', 'bad', 'c', 'd'].map((value, index) => ({ key: value, value, partition: index % 2 }));
    await app.send(inputs, all);
    await app.advance('30s');
    expect(app.deadLetters().map(({ value, attempts, error }) => [String(value), attempts, error.code])).toEqual([
      ['bad', 2, 'DELIVERY_FAILED'],
    ]);
    const out = app.sent(outputs).map(({ value }) => value);
    expect(out.sort()).toEqual(['a', 'b', 'c', 'd']);
    expect([app.committed(inputs, 0), app.committed(inputs, 1)]).toEqual([3, 2]);
  });
});
