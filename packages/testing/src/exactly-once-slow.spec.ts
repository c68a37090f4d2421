import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Agent, App, CLOCK, type Clock, Handler, Inject, type Stream, topic } from '@weir/core';
import { TestApp } from './index.js';

const inputs = topic('inputs', { key: 'string', value: 'string', partitions: 2 });
const outputs = topic('outputs', { key: 'string', value: 'string', partitions: 2 });

let app: TestApp;
afterEach(() => app.stop());

describe('a message that the broker never takes, while another handler takes its time, with exactly once', () => {
  @App({ id: 'slowly', guarantee: 'exactly-once', drainTimeout: '30s', errors: { retry: { attempts: 1, backoff: '1s' } } })
  class Slowly {
    constructor(@Inject(CLOCK) private readonly clock: Clock) {}

    @Handler(inputs, { sinks: [outputs] })
    async take(value: string): Promise<string> {
      const [, ms] = value.split(' ');
      if (ms !== undefined) await this.clock.sleep(Number(ms));
      return value;
    }
  }

  /** Has the broker refuse what is made of `bad`. */
  async function refusing(...values: readonly string[]): Promise<void> {
    app = await TestApp.start(Slowly);
    app.broker.faults.failProduce(({ topic: to, value }) => to === 'outputs' && String(value).startsWith('bad'));
    await app.send(
      inputs,
      values.map((value, partition) => ({ key: value, value, partition })),
    );
  }

  // What was asked for before the handlers had come to rest took the word of the refusal with it.
  it.each([1_000, 10_000, 25_000])('has its event set aside: %i ms', async (ms) => {
    await refusing(`slow ${ms}`, 'bad');
    await app.advance('10m');
    expect(app.deadLetters().map(({ value }) => String(value))).toEqual(['bad']);
    expect([0, 1].map((partition) => app.committed(inputs, partition))).toEqual([1, 1]);
  });

  // The offset was committed, with neither output nor dead letter.
  it('has its event set aside, also when the broker was away meanwhile', async () => {
    await refusing('slow 12000', 'bad 2000');
    await app.advance('1s');
    app.broker.faults.down();
    await app.advance('14s', { running: 2 });
    app.broker.faults.up();
    await app.advance('5m');
    expect(app.deadLetters().map(({ value }) => String(value))).toEqual(['bad 2000']);
  });
});

describe('loops whose events were in hand at two crashes, with exactly once', () => {
  let datadir: string;
  beforeEach(() => {
    datadir = mkdtempSync(path.join(tmpdir(), 'weir-'));
  });
  afterEach(() => rmSync(datadir, { recursive: true, force: true }));

  @App({ id: 'loops', guarantee: 'exactly-once', drainTimeout: '30s' })
  class Loops {
    constructor(@Inject(CLOCK) private readonly clock: Clock) {}

    @Agent(inputs, { sinks: [outputs] })
    async *take(stream: Stream<string>): AsyncIterable<string> {
      for await (const value of stream) {
        await this.clock.sleep(150);
        yield value;
      }
    }
  }

  // Each waited for its turn to run alone, the commit for all of them, and the first of them for the commit.
  it('come to their end, one after another', async () => {
    app = await TestApp.start(Loops, { overrides: { datadir } });
    await app.send(
      inputs,
      Array.from({ length: 20 }, (_, index) => ({ key: `${index}`, value: `${index}`, partition: index % 2 })),
    );
    for (let crash = 0; crash < 2; crash++) {
      await app.settled();
      await app.crash();
      await app.restart();
    }
    await app.advance('1m');
    expect(app.sent(outputs)).toHaveLength(20);
    expect([0, 1].map((partition) => app.committed(inputs, partition))).toEqual([10, 10]);
  });
});
