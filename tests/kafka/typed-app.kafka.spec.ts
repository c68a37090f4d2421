import { afterEach, describe, expect, it } from '@jest/globals';
import { App, type Event, Handler, Inject, OnStart, Record, type Topic, topic, Worker } from '@weir/core';
import { IsInt, IsString } from 'class-validator';
import { brokers, committed, createTopic, readAll, readUntil, unique, write } from './plain.js';

@Record()
class Person {
  @IsString() name!: string;
  @IsString() surname!: string;
  @IsInt() id!: number;
}

const names = { people: unique('people'), greetings: unique('greetings'), seen: unique('seen'), app: unique('typed-app') };
const people = topic(names.people, { value: Person, onEmpty: 'deliver' });
const greetings = topic(names.greetings, { value: 'string', partitions: 2 });
const copies = topic(names.seen, { value: Person });

const eliska = { name: 'Eliška', surname: 'Najbrtová', id: 4 };
const premysl = { name: 'Přemysl', surname: 'Hájek', id: 10 };

@App({ id: names.app, broker: `kafka://${brokers}` })
class Greeter {
  readonly heard: { readonly key: string | null; readonly text: string; readonly trace: string | undefined; readonly at: number }[] = [];

  constructor(@Inject(copies) private readonly out: Topic<string, Person>) {}

  @OnStart()
  async announce(): Promise<void> {
    expect(await this.out.send({ key: 'začátek', value: eliska, headers: { původ: 'náš' }, timestamp: 1_000 })).toMatchObject({
      offset: 0,
    });
  }

  @Handler(people, { sinks: [greetings] })
  async greet(person: Person | null, event: Event<string, Person | null>): Promise<string> {
    this.heard.push({ key: event.key, text: String(person), trace: event.headers.trace?.toString(), at: event.timestamp });
    if (person === null) {
      await this.out.tombstone(event.key ?? '');
      return 'Sbohem';
    }
    await event.forward(copies, { key: `kopie ${event.key}` });
    return `Dobrý den, ${person.name} ${person.surname}`;
  }
}

let worker: Worker | undefined;
afterEach(() => worker?.stop());

describe('a typed app on Apache Kafka', () => {
  it('reads what a plain producer writes and writes what a plain consumer reads, every letter as it was', async () => {
    await createTopic(names.people, 3);
    await write(names.people, [
      { key: 'č. 4', value: JSON.stringify(eliska), headers: [['trace', 'ěšč']], timestamp: 1_700_000_000_000 },
      { key: 'č. 10', value: `{"extra":true,${JSON.stringify(premysl).slice(1)}` },
    ]);
    worker = await Worker.start(Greeter);
    const answered = await readUntil(names.greetings, (all) => all.length === 2);
    expect(answered.map(({ key, value }) => [String(key), String(value)]).sort()).toEqual([
      ['č. 10', 'Dobrý den, Přemysl Hájek'],
      ['č. 4', 'Dobrý den, Eliška Najbrtová'],
    ]);
    await write(names.people, [{ key: 'č. 4', value: null }]);
    const all = await readUntil(names.greetings, (messages) => messages.length === 3);
    expect(String(all.find(({ value }) => String(value) === 'Sbohem')?.key)).toBe('č. 4');

    const { heard } = worker.get(Greeter);
    expect(heard).toContainEqual({
      ...{ key: 'č. 4', text: "<Person: name='Eliška', surname='Najbrtová', id=4>" },
      ...{ trace: 'ěšč', at: 1_700_000_000_000 },
    });
    expect(heard).toContainEqual(expect.objectContaining({ key: 'č. 4', text: 'null' }));

    await worker.stop();
    expect((await committed(names.app, names.people, 3)).reduce<number>((sum, offset) => sum + Math.max(0, offset ?? 0), 0)).toBe(3);
    const written = await readAll(names.seen);
    expect(written.find(({ key }) => String(key) === 'začátek')).toMatchObject({
      ...{ value: Buffer.from(JSON.stringify(eliska)), timestamp: 1_000, headers: [['původ', 'náš']] },
    });
    expect(written.find(({ key }) => String(key) === 'kopie č. 4')).toMatchObject({
      ...{ value: Buffer.from(JSON.stringify(eliska)), timestamp: 1_700_000_000_000, headers: [['trace', 'ěšč']] },
    });
    expect(written.find(({ key }) => String(key) === 'kopie č. 10')).toMatchObject({
      value: Buffer.from(`{"extra":true,${JSON.stringify(premysl).slice(1)}`),
    });
    expect(written.find(({ key }) => String(key) === 'č. 4')).toMatchObject({ value: null });
  }, 60_000);
});
