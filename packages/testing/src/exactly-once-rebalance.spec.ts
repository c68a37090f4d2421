import { afterEach, describe, expect, it } from '@jest/globals';
import { App, Handler, Inject, type Topic, topic } from '@weir/core';
import { TestApp } from './index.js';

let app: TestApp;
afterEach(() => app?.stop());

const inputs = topic('inputs', { key: 'string', value: 'string', partitions: 2 });
const slow = topic('slow', { value: 'string' });
const outputs = topic('outputs', { value: 'string' });
const send = (value: string, partition = 0) => ({ key: value, value, partition });
const turns = async () => {
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
};
const shown = () => app.sent(outputs).map(({ value }) => value);

describe('an array whose transaction is undone while its partition is handed over, with exactly once', () => {
  @App({
    ...{ id: 'array-handed-over', guarantee: 'exactly-once', commitInterval: '200ms' },
    errors: { retry: { attempts: 3, backoff: '150ms', jitter: 0 } },
  })
  class Arrays {
    tries = 0;
    laterTries = 0;
    waits = 0;
    release = () => {};
    constructor(@Inject(outputs) readonly out: Topic<string, string>) {}

    @Handler(inputs, { batch: { max: 4 } })
    take(values: string[]): void {
      if (values.includes('later') && this.laterTries++ < 2) throw new Error('twice');
      if (values.includes('bad') && this.tries < 2) {
        if (++this.tries === 2) void this.out.send({ value: 'half' });
        throw new Error('twice');
      }
      for (const value of values) this.out.sendSoon({ value });
    }

    /** Keeps the transaction open, which has to wait for it. */
    @Handler(slow)
    wait(): Promise<void> | undefined {
      if (this.waits++ > 0) return undefined;
      return new Promise((resolve) => {
        this.release = resolve;
      });
    }
  }

  // Only the first event of the array was finished when it came back to the worker that had tried it before.
  it('shows its outputs once when it comes back', async () => {
    app = await TestApp.start(Arrays);
    await app.send(
      inputs,
      ['a', 'bad', 'b', 'c'].map((value) => send(value)),
    );
    await turns();
    await app.send(slow, { value: 'wait' });
    await turns();
    app.clock.advanceTo(app.clock.now() + 160);
    await turns();
    expect(app.get(Arrays).tries).toBe(2);
    app.broker.faults.revokeNow([{ topic: 'inputs', partition: 0 }]);
    await turns();
    await app.send(
      inputs,
      ['later', 'd', 'e', 'f'].map((value) => send(value)),
    );
    app.get(Arrays).release();
    await app.advance('10s');
    expect(shown().sort()).toEqual(['a', 'b', 'bad', 'c', 'd', 'e', 'f', 'later']);
    expect(app.committed(inputs)).toBe(8);
  });
});

describe('a partition that comes while a transaction is committed', () => {
  @App({ id: 'comes-meanwhile', guarantee: 'exactly-once', errors: { retry: { attempts: 3, backoff: '50ms', jitter: 0 } } })
  class Halves {
    calls = 0;
    failures = 0;
    release = () => {};
    constructor(@Inject(outputs) readonly out: Topic<string, string>) {}

    @Handler(inputs)
    take(value: string): Promise<void> | undefined {
      if (this.calls++ > 0) return this.pass(value);
      return new Promise<void>((resolve) => {
        this.release = resolve;
      }).then(() => this.pass(value));
    }

    pass(value: string): undefined {
      if (value === 'bad' && this.failures++ === 0) {
        void this.out.send({ value: 'half' });
        throw new Error('once');
      }
      this.out.sendSoon({ value });
    }
  }

  // That the commit failed hid that the next transaction was to hold something of a try that had failed.
  it('has nothing of its failed try shown, and goes on, though that fails', async () => {
    app = await TestApp.start(Halves);
    await app.send(inputs, send('good'));
    await app.settled({ running: 1 });
    // The broker takes a second for the output of the first.
    app.broker.faults.delayProduce(1_000);
    app.get(Halves).release();
    await app.advance('500ms');
    app.broker.faults.delayProduce(0);
    app.broker.faults.losePartition({ topic: 'inputs', partition: 0 });
    await app.send(inputs, send('bad'));
    await app.settled();
    expect([app.get(Halves).failures, shown()]).toEqual([1, []]);
    await app.advance('10s');
    expect(shown()).toEqual(['good', 'bad']);
    expect(app.committed(inputs)).toBe(2);
  });
});
