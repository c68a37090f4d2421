import { Agent, App, Inject, type Position, type Stream, Timer, type Topic, type TopicDefinition, topic } from '@weir/core';
import { TestApp } from '@weir/testing';
import { expectTypeOf } from 'expect-type';
import {
  type Claimed,
  claimed,
  deletable,
  numbers,
  packed,
  Registration,
  raw,
  registrations,
  skipping,
  unchecked,
} from './typed.fixture.js';

// A definition carries the types of its keys and values.
expectTypeOf(registrations).toEqualTypeOf<TopicDefinition<string, Registration>>();
expectTypeOf(numbers).toEqualTypeOf<TopicDefinition<number, number>>();
expectTypeOf(unchecked).toEqualTypeOf<TopicDefinition<string, unknown>>();
expectTypeOf(claimed).toEqualTypeOf<TopicDefinition<string, Claimed>>();
expectTypeOf(raw).toEqualTypeOf<TopicDefinition<Buffer, Buffer>>();
expectTypeOf(packed).toEqualTypeOf<TopicDefinition<string, string>>();
expectTypeOf(deletable).toEqualTypeOf<TopicDefinition<string, Registration | null>>();
expectTypeOf(skipping).toEqualTypeOf<TopicDefinition<string, Registration>>();
// @ts-expect-error there is no codec of this name
topic('wrong', { value: 'jsno' });
// @ts-expect-error a schema is no example value
topic('wrong', { value: 5 });
// @ts-expect-error a duration has a unit that is known
topic('wrong', { retention: '5 weeks' });
// @ts-expect-error what becomes of an empty message is one of three words
topic('wrong', { value: Registration, onEmpty: 'ignore' });

/** The example of the README: it compiles as it stands. */
@App({ id: 'registrations', broker: 'kafka://localhost:9092' })
export class Registrations {
  constructor(@Inject(registrations) private readonly people: Topic<string, Registration>) {}

  @Timer('5s')
  async exampleSender(): Promise<void> {
    await this.people.send({ value: { name: 'Eliška', surname: 'Najbrtová', id: 4 } });
  }

  @Agent(registrations)
  async register(people: Stream<Registration>): Promise<void> {
    for await (const person of people) console.log(`Registration: ${person}`);
  }
}

/** What is sent fits the topic. Never called: it is compiled. */
export async function sends(
  people: Topic<string, Registration>,
  counts: Topic<number, number>,
  bytes: Topic<Buffer, Buffer>,
  anything: Topic<string, unknown>,
  erasable: Topic<string, Registration | null>,
): Promise<void> {
  const jenny = { name: 'Jenny', surname: 'Suk', id: 3 };
  expectTypeOf(await people.send({ key: 'k', value: jenny })).toEqualTypeOf<Position>();
  expectTypeOf(people.sendSoon({ value: jenny })).toEqualTypeOf<void>();
  expectTypeOf(await people.sendMany([{ value: jenny }])).toEqualTypeOf<Position[]>();
  expectTypeOf(await people.tombstone('k')).toEqualTypeOf<Position>();
  await people.send({ value: new Registration() });
  await people.send({ value: null });
  await people.send({ key: null, value: jenny, partition: 1, timestamp: new Date(), headers: { a: 'text', b: Buffer.from('b') } });
  await counts.send({ key: 1, value: 2 });
  await bytes.send({ key: 'text', value: Buffer.from('bytes') });
  bytes.sendSoon({ value: 'text' });
  await anything.send({ value: { what: ['ever'] } });
  await erasable.send({ value: null });
  // @ts-expect-error a member has another type
  await people.send({ value: { ...jenny, id: '3' } });
  // @ts-expect-error a member is missing
  await people.send({ value: { name: 'Jenny', surname: 'Suk' } });
  // @ts-expect-error a member is unknown
  await people.send({ value: { name: 'Jenny', surname: 'Suk', id: 3, age: 40 } });
  // @ts-expect-error the value is missing
  await people.send({ key: 'k' });
  // @ts-expect-error the key is text
  await people.send({ key: 4, value: jenny });
  // @ts-expect-error the same for sendSoon
  people.sendSoon({ value: 'Jenny' });
  // @ts-expect-error and its key
  people.sendSoon({ key: 4, value: jenny });
  // @ts-expect-error and for each of many
  await people.sendMany([{ value: jenny }, { value: 'Jenny' }]);
  // @ts-expect-error a tombstone has a key
  await people.tombstone(null);
  // @ts-expect-error of the topic's type
  await people.tombstone(4);
  // @ts-expect-error a number is not text
  await counts.send({ key: '1', value: 2 });
  // @ts-expect-error headers are text or bytes
  await people.send({ value: jenny, headers: { a: 1 } });
}

/** What a test sends and reads fits the topic. */
export async function tests(app: TestApp): Promise<void> {
  const jenny = { name: 'Jenny', surname: 'Suk', id: 3 };
  expectTypeOf(await TestApp.start(Registrations, { partitions: 4 })).toEqualTypeOf<TestApp>();
  await app.send(registrations, { key: 'k', value: jenny });
  await app.send(registrations, [{ value: jenny }, { value: null }]);
  await app.send(registrations, { key: Buffer.from([0xff]), value: Buffer.from('{') });
  await app.send(unchecked, { value: { any: 'thing' } });
  // @ts-expect-error a member has another type
  await app.send(registrations, { value: { ...jenny, id: '3' } });
  // @ts-expect-error a member is missing: what is sent used to make the topic's type less
  await app.send(registrations, { value: { name: 'Jenny', surname: 'Suk' } });
  // @ts-expect-error also in one of several
  await app.send(registrations, [{ value: jenny }, { value: { name: 'Jenny' } }]);
  // @ts-expect-error the key is text
  await app.send(registrations, { key: 4, value: jenny });
  // @ts-expect-error text is no registration
  await app.send(registrations, { value: 'text' });
  expectTypeOf(app.sent(registrations)[0].value).toEqualTypeOf<Registration>();
  expectTypeOf(app.sent(registrations)[0].key).toEqualTypeOf<string | null>();
  expectTypeOf(app.get(Registrations)).toEqualTypeOf<Registrations>();
  expectTypeOf(app.deadLetters()[0].value).toEqualTypeOf<Buffer | null>();
  // @ts-expect-error a duration has a unit that is known
  await app.advance('5 moons');
}

// @ts-expect-error an app has an id
App({ broker: 'memory://' });
// @ts-expect-error a guarantee is one of two
App({ id: 'wrong', guarantee: 'at-most-once' });
