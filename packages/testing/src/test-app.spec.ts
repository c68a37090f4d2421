import { afterEach, describe, expect, it } from '@jest/globals';
import { Agent, AgentError, App, type Event, Handler, Inject, Record, type Stream, Timer, type Topic, topic } from '@weir/core';
import { IsInt, IsString } from 'class-validator';
import { TestApp } from './index.js';

@Record()
class Registration {
  @IsString() name!: string;
  @IsString() surname!: string;
  @IsInt() id!: number;
}

const registrations = topic('registrations', { key: 'string', value: Registration });
const greetings = topic('greetings', { value: 'string' });

@App({ id: 'registrations' })
class Registrations {
  readonly seen: string[] = [];
  constructor(@Inject(registrations) private readonly people: Topic<string, Registration>) {}

  @Timer('5s')
  async exampleSender(): Promise<void> {
    await this.people.send({ value: { name: 'Eliška', surname: 'Najbrtová', id: 4 } });
  }

  @Agent(registrations)
  async register(people: Stream<Registration>): Promise<void> {
    for await (const person of people) this.seen.push(String(person));
  }
}

@App({ id: 'shouter' })
class Shouter {
  readonly seen: string[] = [];
  tries = 0;

  @Handler(registrations, { sinks: [greetings], errors: { retry: { attempts: 2, backoff: '1s' } } })
  greet(person: Registration, event: Event<string, Registration>): string {
    this.tries++;
    if (person.id < 0) throw new Error('negative');
    this.seen.push(`${event.key}:${person.name}@${event.offset}`);
    return `Hello ${person.name}`;
  }
}

let app: TestApp;
afterEach(() => app?.stop());

const jenny = { name: 'Jenny', surname: 'Suk', id: 3 };

describe('TestApp', () => {
  it('runs a timer and an agent on the virtual clock', async () => {
    app = await TestApp.start(Registrations);
    await app.advance('4999ms');
    expect(app.get(Registrations).seen).toEqual([]);
    await app.advance('1ms');
    expect(app.get(Registrations).seen).toEqual(["<Registration: name='Eliška', surname='Najbrtová', id=4>"]);
    await app.advance('1m');
    expect(app.get(Registrations).seen).toHaveLength(13);
    expect(app.committed(registrations)).toBe(13);
  });

  it('gives the results of a handler to its sinks under the key of the event', async () => {
    app = await TestApp.start(Shouter);
    await app.send(registrations, [
      { key: 'a', value: jenny },
      { key: 'b', value: { ...jenny, name: 'Přemysl' } },
    ]);
    await app.settled();
    expect(app.sent(greetings).map(({ key, value }) => [key, value])).toEqual([
      ['a', 'Hello Jenny'],
      ['b', 'Hello Přemysl'],
    ]);
    expect(app.committed(registrations)).toBe(2);
  });

  // They came sorted by timestamp, also within a partition.
  it('shows messages in the order of their log, whatever their timestamps', async () => {
    app = await TestApp.start(Shouter, { partitions: 2 });
    const all = topic(/^(registrations|greetings)$/, { value: 'string' });
    await app.send(registrations, [
      { partition: 0, timestamp: 9_000, value: { ...jenny, id: 1 } },
      { partition: 1, timestamp: 5_000, value: { ...jenny, id: 2 } },
      { partition: 0, timestamp: 1_000, value: { ...jenny, id: 3 } },
    ]);
    expect(app.sent(registrations).map(({ value }) => value.id)).toEqual([1, 2, 3]);
    await app.settled();
    expect(app.sent(all)).toHaveLength(6);
  });

  it('retries a failing event on the clock and then sets it aside byte for byte', async () => {
    app = await TestApp.start(Shouter);
    await app.send(registrations, [
      { key: 'bad', value: { ...jenny, id: -1 }, headers: { trace: 'x' } },
      { key: 'good', value: jenny },
    ]);
    await app.settled();
    expect(app.get(Shouter).tries).toBe(1);
    expect(app.committed(registrations)).toBe(0);
    await app.advance('3s');
    expect(app.get(Shouter).tries).toBe(4);
    const [letter] = app.deadLetters();
    expect(letter).toMatchObject({
      topic: 'registrations',
      partition: 0,
      offset: 0,
      agent: 'Shouter.greet',
      attempts: 3,
      error: { message: 'negative', name: 'Error' },
    });
    expect(String(letter.headers.trace)).toBe('x');
    expect(JSON.parse(String(letter.value))).toEqual({ ...jenny, id: -1 });
    expect(app.committed(registrations)).toBe(2);
  });

  it('sets aside what cannot be decoded, and goes on', async () => {
    app = await TestApp.start(Shouter);
    await app.send(registrations, [{ value: Buffer.from('{"name": 1') }, { key: 'k', value: jenny }]);
    await app.settled();
    expect(app.get(Shouter).seen).toEqual(['k:Jenny@1']);
    expect(app.deadLetters()[0].error.code).toBe('DECODE_FAILED');
  });

  it('repeats what was not committed when a worker crashes', async () => {
    app = await TestApp.start(Shouter);
    await app.send(registrations, { key: 'bad', value: { ...jenny, id: -1 } });
    await app.settled();
    await app.crash();
    await app.restart();
    await app.settled();
    expect(app.get(Shouter).tries).toBe(1);
    await app.advance('1m');
    expect(app.deadLetters()).toHaveLength(1);
  });

  it('shares partitions with a second worker that joins', async () => {
    app = await TestApp.start(Shouter, { partitions: 4 });
    const second = await app.join();
    await app.settled();
    const many = Array.from({ length: 40 }, (_, index) => ({ key: `k${index}`, value: jenny }));
    await app.send(registrations, many);
    await app.settled();
    const counts = [app.get(Shouter).seen.length, second.get(Shouter).seen.length];
    expect(counts[0] + counts[1]).toBe(40);
    expect(Math.min(...counts)).toBeGreaterThan(0);
    await second.stop();
    await app.send(registrations, many);
    await app.settled();
    expect(app.get(Shouter).seen.length + counts[1]).toBe(80);
  });

  it('says so when something is asked of a worker that has ended', async () => {
    app = await TestApp.start(Shouter, { overrides: { errors: { then: 'stop' } } });
    await app.send(registrations, { key: 'bad', value: { ...jenny, id: -1 } });
    await app.advance('1m').catch(() => undefined);
    expect(() => app.get(Shouter)).toThrow(/the worker has ended and let go of its instances: get Shouter while it runs/);
  });

  it('rejects with the error of a worker whose policy is to stop', async () => {
    app = await TestApp.start(Shouter, { overrides: { errors: { then: 'stop' } } });
    await app.send(registrations, { key: 'bad', value: { ...jenny, id: -1 } });
    await app.settled();
    await expect(app.advance('1m')).rejects.toThrow(AgentError);
    expect(app.committed(registrations)).toBe(0);
  });
});
