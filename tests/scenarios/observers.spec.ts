import { afterEach, describe, expect, it } from '@jest/globals';
import { App, type Guarantee, Handler, Inject, type Table, table, topic, Worker, type WorkerObserver } from '@weir/core';
import { VirtualClock } from '@weir/core/internal/time';
import { MemoryBroker } from '@weir/core/internal/transport';
import { TestApp } from '@weir/testing';
import { pino } from 'pino';

const words = topic('words', { key: 'string', value: 'string' });
const good = topic('good-words', { value: 'string' });
const counts = table('counts', { key: 'string', value: 'long', default: 0 });

const errors = { retry: { attempts: 1, backoff: '1s', jitter: 0 } } as const;

/** Counts words; some fail. */
@App({ id: 'words', errors })
class Words {
  constructor(@Inject(counts) private readonly counts: Table<string, number>) {}

  @Handler(words, { sinks: [good] })
  count(word: string): string {
    this.counts.update(word, (n) => n + 1);
    if (word === 'bad') throw new Error('a bad word');
    return word;
  }
}

/** Notes everything that it is told. */
function noting(): { readonly observer: WorkerObserver; readonly heard: [name: string, event: never][] } {
  const heard: [string, never][] = [];
  const observer = new Proxy({}, { get: (_, name) => (event: never) => void heard.push([String(name), event]) });
  return { observer, heard };
}

let app: TestApp | undefined;
afterEach(async () => {
  await app?.stop();
  app = undefined;
});

describe.each<Guarantee>(['at-least-once', 'exactly-once'])('observers of a worker, %s', (guarantee) => {
  it('hear what happens to it, in order', async () => {
    const { observer, heard } = noting();
    app = await TestApp.start(Words, { overrides: { guarantee, observers: [observer] } });
    await app.send(words, [
      { key: 'good', value: 'good' },
      { key: 'bad', value: 'bad' },
    ]);
    await app.advance('2s');
    await app.stop();
    const names = heard.map(([name]) => name).filter((name, index, all) => name !== all[index - 1]);
    expect(names.filter((name) => !['ready', 'checkpoint', 'committed', 'recovering'].includes(name))).toEqual([
      ...['assigned', 'recovered', 'retried', 'deadLettered', 'revoked', 'stopped'],
    ]);
    const event = (name: string) => heard.find(([each]) => each === name)?.[1];
    const at = { topic: 'words', partition: 0, offset: 1 };
    expect(event('assigned')).toEqual({ partitions: [{ topic: 'words', partition: 0 }] });
    expect(event('recovered')).toEqual({ set: 'words', number: 0, entries: 0, ms: expect.any(Number) });
    expect(event('retried')).toMatchObject({ agent: 'Words.count', at, tries: 1, waitMs: 1_000, error: { message: 'a bad word' } });
    expect(event('deadLettered')).toMatchObject({ agent: 'Words.count', at, tries: 2, deadLetters: 'words-dead-letters' });
    expect(event('checkpoint')).toMatchObject({ entries: 1, bytes: 'good'.length + 8 });
    expect(event('committed')).toMatchObject({ positions: [{ topic: 'words', partition: 0, offset: 1 }] });
    expect(event('stopped')).toEqual({});
  });

  it('hear which group goes back to what is committed, and why', async () => {
    const { observer, heard } = noting();
    app = await TestApp.start(Words, { overrides: { guarantee, observers: [observer] } });
    const ended = app.broker.faults.failProduce(({ topic: name }) => name === good.name);
    await app.send(words, { key: 'good', value: 'good' });
    await app.advance('500ms');
    await app.advance('500ms');
    ended();
    await app.advance('5s');
    const rewound = heard.filter(([name]) => name === 'rewound').map(([, event]) => event);
    expect(rewound[0]).toMatchObject({ set: 'words', number: 0, why: { message: expect.stringContaining('refused') } });
  });
});

describe('observers', () => {
  it('do no harm to the worker when they fail', async () => {
    const failing: WorkerObserver = {
      assigned: () => {
        throw new Error('no disk');
      },
    };
    app = await TestApp.start(Words, { overrides: { observers: [failing] } });
    await app.send(words, { key: 'good', value: 'good' });
    await app.settled();
    expect(app.table(counts).get('good')).toBe(1);
  });

  it('hear what made the worker stop', async () => {
    const { observer, heard } = noting();
    const clock = new VirtualClock();
    const broker = new MemoryBroker({ clock, partitions: 1 });
    const logger = pino({ level: 'silent' });
    const around = { clock, logger, transport: broker.transport(), environment: {}, observers: [observer] };
    const worker = await Worker.start(Words, around);
    worker.stream.fail(new Error('the end'));
    await expect(worker.finished).rejects.toThrow('the end');
    expect(heard.at(-1)).toEqual(['stopped', { failure: expect.objectContaining({ message: 'the end' }) }]);
  });
});
