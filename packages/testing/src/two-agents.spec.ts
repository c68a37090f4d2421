import { afterEach, describe, expect, it } from '@jest/globals';
import { Agent, App, CLOCK, type Clock, Handler, Inject, type Stream, type Topic, topic } from '@weir/core';
import { TestApp } from './index.js';

const inputs = topic('inputs', { key: 'string', value: 'string', partitions: 1 });
const outputs = topic('outputs', { key: 'string', value: 'string', partitions: 1 });

/** Agents of one topic that come on at different speeds. */
@App({ id: 'uneven', guarantee: 'exactly-once' })
class Uneven {
  constructor(
    @Inject(outputs) private readonly out: Topic<string, string>,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Handler(inputs, { sinks: [outputs] })
  fast(value: string): string {
    return `fast ${value}`;
  }

  @Handler(inputs, { sinks: [outputs] })
  async slow(value: string): Promise<string> {
    await this.clock.sleep(1_000);
    return `slow ${value}`;
  }

  @Handler(inputs, { batch: { max: 3, within: '5s' } })
  arrays(values: string[]): void {
    for (const value of values) this.out.sendSoon({ key: value, value: `array ${value}` });
  }

  @Agent(inputs, { sinks: [outputs] })
  async *loop(stream: Stream<string>): AsyncIterable<string> {
    for await (const value of stream) {
      await this.clock.sleep(300);
      yield `loop ${value}`;
    }
  }
}

const values = ['1', '2', '3', '4', '5', '6'];
const all = ['array', 'fast', 'loop', 'slow'].flatMap((agent) => values.map((value) => `${agent} ${value}`));
let app: TestApp;
afterEach(() => app?.stop());
const out = () => app.sent(outputs).map(({ value }) => value);

describe('agents of one topic at different speeds, exactly once', () => {
  // The commit point is that of the slowest; what the others had done beyond it was repeated.
  it('repeat nothing when the worker is killed', async () => {
    app = await TestApp.start(Uneven);
    await app.send(
      inputs,
      values.map((value) => ({ key: value, value })),
    );
    for (let lives = 0; lives < 4; lives++) {
      await app.advance('1200ms', { running: 4 });
      await app.crash();
      await app.restart();
    }
    await app.advance('20s');
    expect(out().sort()).toEqual(all);
    expect(app.committed(inputs)).toBe(6);
  });

  it('repeat nothing when a transaction is aborted', async () => {
    app = await TestApp.start(Uneven);
    await app.send(
      inputs,
      values.map((value) => ({ key: value, value })),
    );
    await app.advance('1200ms', { running: 4 });
    app.broker.faults.dropCommits(1);
    await app.advance('20s');
    expect(out().sort()).toEqual(all);
  });

  it('repeat nothing when the partition moves to another worker', async () => {
    app = await TestApp.start(Uneven);
    await app.send(
      inputs,
      values.map((value) => ({ key: value, value })),
    );
    await app.advance('1200ms', { running: 4 });
    await app.join();
    app.broker.faults.revokeNow([{ topic: 'inputs', partition: 0 }]);
    await app.advance('20s');
    expect(out().sort()).toEqual(all);
  });
});
