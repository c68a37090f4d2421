import {
  Agent,
  type AgentReference,
  App,
  agent,
  Cron,
  type Event,
  Handler,
  Inject,
  json,
  message,
  OnAssigned,
  OnRecovered,
  OnRevoked,
  OnStart,
  OnStop,
  type Position,
  Record,
  type ResultMessage,
  type Stream,
  Task,
  type Tick,
  Timer,
  type Topic,
  type TopicDefinition,
  type TopicPartition,
  topic,
} from '@weir/core';
import { TestApp } from '@weir/testing';
import { IsInt, IsOptional, IsString } from 'class-validator';
import { expectTypeOf } from 'expect-type';

@Record()
class Registration {
  @IsString() name!: string;
  @IsString() surname!: string;
  @IsInt() id!: number;

  initials(): string {
    return `${this.name[0]}${this.surname[0]}`;
  }
}

@Record()
class Receipt {
  @IsInt() registration!: number;
  @IsOptional() @IsString() note?: string;
}

class Other {
  other!: boolean;
}

interface Claimed {
  readonly subject: string;
}

const registrations = topic('registrations', { key: 'string', value: Registration });
const receipts = topic('receipts', { key: 'string', value: Receipt });
const numbers = topic('numbers', { key: 'integer', value: 'double' });
const counts = topic('counts', { key: 'string', value: 'double' });
const texts = topic('texts', { value: 'string' });
const unchecked = topic('unchecked');
const claimed = topic('claimed', { value: json<Claimed>() });
const raw = topic('raw', { key: 'raw', value: 'raw' });
const packed = topic('packed', { value: 'string|gzip' });
const deletable = topic('deletable', { value: Registration, onEmpty: 'deliver' });
const skipping = topic('skipping', { value: Registration, onEmpty: 'skip' });

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

/** An agent takes the stream of its topic's values and keys. */
export class Agents {
  @Agent(registrations)
  async fits(people: Stream<Registration, string>): Promise<void> {
    for await (const person of people) expectTypeOf(person).toEqualTypeOf<Registration>();
  }

  @Agent(registrations)
  async takesLess(people: Stream<{ readonly id: number }>): Promise<void> {
    for await (const { id } of people) expectTypeOf(id).toEqualTypeOf<number>();
  }

  @Agent(registrations)
  async takesNothing(): Promise<void> {}

  // @ts-expect-error the stream has another value
  @Agent(registrations)
  async wrongValue(_: Stream<Other>): Promise<void> {}

  // @ts-expect-error the stream has another key
  @Agent(registrations)
  async wrongKey(_: Stream<Registration, number>): Promise<void> {}

  // @ts-expect-error an agent is given a stream, not a value
  @Agent(registrations)
  async noStream(_: Registration): Promise<void> {}

  // @ts-expect-error one parameter
  @Agent(registrations)
  async second(_: Stream<Registration>, __: Event<string, Registration>): Promise<void> {}

  // @ts-expect-error an agent yields its results, it does not return them
  @Agent(registrations)
  async returns(_: Stream<Registration>): Promise<string> {
    return '';
  }

  @Agent(unchecked)
  async claims(things: Stream<Claimed>): Promise<void> {
    for await (const { subject } of things) expectTypeOf(subject).toEqualTypeOf<string>();
  }

  @Agent(unchecked)
  async asksFirst(things: Stream): Promise<void> {
    for await (const thing of things) expectTypeOf(thing).toEqualTypeOf<unknown>();
  }

  @Agent(deletable)
  async sees(people: Stream<Registration | null>): Promise<void> {
    for await (const person of people) expectTypeOf(person).toEqualTypeOf<Registration | null>();
  }

  // @ts-expect-error the topic delivers null
  @Agent(deletable)
  async overlooks(_: Stream<Registration>): Promise<void> {}
}

/** Operators carry the types on. */
export class Operators {
  @Agent(registrations)
  async all(people: Stream<Registration, string>): Promise<void> {
    expectTypeOf(people.map(({ id }) => id)).toExtend<AsyncIterable<number>>();
    expectTypeOf(people.map(async ({ id }) => id)).toExtend<AsyncIterable<number>>();
    expectTypeOf(people.filter(({ id }) => id > 0)).toEqualTypeOf<Stream<Registration, string>>();
    expectTypeOf(people.flatMap(({ name }) => [name])).toExtend<AsyncIterable<string>>();
    expectTypeOf(people.enumerate()).toExtend<AsyncIterable<[number, Registration]>>();
    expectTypeOf(people.take(10, '1s')).toExtend<AsyncIterable<Registration[]>>();
    expectTypeOf(people.tap(({ id }) => id)).toEqualTypeOf<Stream<Registration, string>>();
    expectTypeOf(people.throttle(10, '1s')).toEqualTypeOf<Stream<Registration, string>>();
    expectTypeOf(people.map(({ id }) => id).tap(async (id) => id.toFixed())).toExtend<AsyncIterable<number>>();
    expectTypeOf(people.take(10, '1s').throttle(1, '1s')).toExtend<AsyncIterable<Registration[]>>();
    // @ts-expect-error per is a duration
    people.throttle(10, 'soon');
    // @ts-expect-error a registration has no price
    people.tap(({ price }) => price);
    expectTypeOf(people.events()).toExtend<AsyncIterable<Event<string, Registration>>>();
    expectTypeOf(people.items()).toExtend<AsyncIterable<[string | null, Registration]>>();
    expectTypeOf(people.partition).toEqualTypeOf<number>();
    expectTypeOf(people.signal).toEqualTypeOf<AbortSignal>();
    // @ts-expect-error within is a duration
    people.take(10, 'soon');
    // @ts-expect-error a registration has no price
    people.map(({ price }) => price);
  }

  @Agent(deletable)
  async narrows(people: Stream<Registration | null>): Promise<void> {
    const present = people.filter((person): person is Registration => person !== null);
    for await (const person of present) expectTypeOf(person).toEqualTypeOf<Registration>();
  }
}

/** A handler takes one value and its event. */
export class Handlers {
  @Handler(registrations)
  fits({ id }: Registration, event: Event<string, Registration>): void {
    expectTypeOf(id).toEqualTypeOf<number>();
    expectTypeOf(event.key).toEqualTypeOf<string | null>();
    expectTypeOf(event.value).toEqualTypeOf<Registration>();
    expectTypeOf(event.offset).toEqualTypeOf<number>();
    expectTypeOf(event.headers.trace).toEqualTypeOf<Buffer>();
    expectTypeOf(event.forward(receipts, { value: { registration: id } })).toEqualTypeOf<Promise<Position>>();
    // @ts-expect-error the other topic has other values
    event.forward(receipts, { value: { registration: 'four' } });
    // @ts-expect-error a member is missing
    event.forward(registrations, { value: { id } });
  }

  @Handler(registrations)
  async takesPlainEvent(_: Registration, event: Event): Promise<void> {
    expectTypeOf(event.value).toEqualTypeOf<unknown>();
  }

  @Handler(registrations)
  takesNothing(): void {}

  // @ts-expect-error the value is of another class
  @Handler(registrations)
  wrongValue(_: Other): void {}

  // @ts-expect-error a handler is given a value, not a stream
  @Handler(registrations)
  stream(_: Stream<Registration>): void {}

  // @ts-expect-error the event has another value
  @Handler(registrations)
  wrongEventValue(_: Registration, __: Event<string, Other>): void {}

  // @ts-expect-error the event has another key
  @Handler(registrations)
  wrongEventKey(_: Registration, __: Event<number, Registration>): void {}

  // @ts-expect-error two parameters
  @Handler(registrations)
  third(_: Registration, __: Event<string, Registration>, ___: string): void {}

  // @ts-expect-error a number is no text
  @Handler(numbers)
  wrongNumber(_: string): void {}

  @Handler(numbers)
  number(value: number, { key }: Event<number, number>): void {
    expectTypeOf(value).toEqualTypeOf<number>();
    expectTypeOf(key).toEqualTypeOf<number | null>();
  }

  @Handler(raw)
  bytes(value: Buffer): void {
    expectTypeOf(value).toEqualTypeOf<Buffer>();
  }

  // @ts-expect-error raw values are bytes, not text
  @Handler(raw)
  text(_: string): void {}

  @Handler(unchecked)
  claims(_: Claimed, __: Event<string, Claimed>): void {}

  @Handler(unchecked)
  asksFirst(_: unknown): void {}

  @Handler(deletable)
  sees(_: Registration | null): void {}

  // @ts-expect-error the topic delivers null
  @Handler(deletable)
  overlooks(_: Registration): void {}

  @Handler(skipping)
  needNotAsk(_: Registration): void {}

  @Handler(registrations, { concurrency: { by: 'key', max: 64 }, handlerTimeout: '10s', errors: { then: 'stop' } })
  options(_: Registration): void {}

  // @ts-expect-error events are kept in order by one of three words
  @Handler(registrations, { concurrency: { by: 'value' } })
  wrongOrder(_: Registration): void {}

  // @ts-expect-error a failing event has one of three ends
  @Handler(registrations, { errors: { then: 'ignore' } })
  wrongEnd(_: Registration): void {}

  // @ts-expect-error a property is no method
  @Handler(registrations)
  readonly property = 1;
}

/** What is wrong with an option is said where the option stands: it used to be an error of the whole call, which spoke of arrays. */
export class Misspelt {
  @Handler(registrations, {
    name: 'single',
    // @ts-expect-error it is called handlerTimeout
    handlerTimout: '1s',
  })
  option(_: Registration): void {}

  @Handler(registrations, {
    batch: { max: 10 },
    // @ts-expect-error it is called errors
    errrors: {},
  })
  ofBatch(_: Registration[]): void {}

  @Handler(registrations, {
    batch: {
      max: 10,
      // @ts-expect-error it is called within
      withn: '1s',
    },
  })
  inBatch(_: Registration[]): void {}
}

/** Private and protected methods are no less agents. */
export class Hidden {
  @Agent(registrations)
  private async agent(people: Stream<Registration>): Promise<void> {
    for await (const _ of people) this.handler();
  }

  @Handler(registrations)
  protected handler(): void {
    void this.agent;
    void this.timer;
  }

  @Timer(500)
  private timer(): void {}

  @OnStart()
  protected async start(): Promise<void> {}

  @OnStop()
  protected stop(): void {}

  @OnAssigned()
  assigned(partitions: readonly TopicPartition[]): void {
    expectTypeOf(partitions[0]).toEqualTypeOf<TopicPartition>();
  }

  @OnRecovered()
  @OnRevoked()
  async moved(): Promise<void> {}

  // @ts-expect-error the partitions are nobody's to change
  @OnAssigned()
  changing(_: TopicPartition[]): void {}

  // @ts-expect-error it is given partitions, not topics
  @OnRevoked()
  topics(_: readonly string[]): void {}

  // @ts-expect-error a timer is given its tick
  @Timer('1s')
  argument(_: string): void {}

  // @ts-expect-error a duration has a unit that is known
  @Timer('1 sec')
  unit(): void {}

  @Cron('0 3 * * *', { timezone: 'Europe/Prague' })
  private cron(): void {
    this.cron();
  }

  @Cron('0 3 * * *', { onLeader: true, missed: 'once' })
  @Timer('1s', { onLeader: true })
  tick({ time, signal }: Tick): number {
    return signal.aborted ? 0 : time;
  }

  @Task({ onLeader: true })
  async task(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
  }

  // @ts-expect-error it is given a signal
  @Task()
  tasked(_: string): void {}

  // @ts-expect-error none of the three
  @Cron('@daily', { onLeader: true, missed: 'some' })
  missing(): void {}

  // @ts-expect-error a cron is given its tick
  @Cron('@daily')
  daily(_: string): void {}

  // @ts-expect-error an expression is a text
  @Cron(5)
  five(): void {}

  // @ts-expect-error nobody reads this option
  @Cron('@daily', { overlap: 'allow' })
  beside(): void {}
}

/** A batch handler takes arrays of values and of events. */
export class Batches {
  @Handler(registrations, { batch: { max: 100, within: '1s' } })
  fits(people: Registration[], events: Event<string, Registration>[]): void {
    expectTypeOf(people[0]).toEqualTypeOf<Registration>();
    expectTypeOf(events[0].key).toEqualTypeOf<string | null>();
  }

  @Handler(registrations, { batch: { max: 100 } })
  readOnly(_: readonly Registration[]): void {}

  // @ts-expect-error a batch handler is given arrays
  @Handler(registrations, { batch: { max: 100 } })
  single(_: Registration): void {}

  // @ts-expect-error arrays of another class
  @Handler(registrations, { batch: { max: 100 } })
  wrongValue(_: Other[]): void {}

  // @ts-expect-error without batch the handler is given one value at a time
  @Handler(registrations)
  noBatch(_: Registration[]): void {}

  // @ts-expect-error a batch has a size
  @Handler(registrations, { batch: { within: '1s' } })
  noSize(_: Registration[]): void {}

  // @ts-expect-error arrays are handled one at a time
  @Handler(registrations, { batch: { max: 100 }, concurrency: { max: 2 } })
  concurrent(_: Registration[]): void {}

  @Handler(registrations, { batch: { max: 100 }, sinks: [receipts] })
  results(people: Registration[]): { readonly registration: number }[] {
    return people.map(({ id }) => ({ registration: id }));
  }

  // @ts-expect-error a result for each value, not one for all
  @Handler(registrations, { batch: { max: 100 }, sinks: [receipts] })
  oneResult(_: Registration[]): { readonly registration: number } {
    return { registration: 1 };
  }

  // @ts-expect-error the results do not fit the sink
  @Handler(registrations, { batch: { max: 100 }, sinks: [receipts] })
  wrongResults(_: Registration[]): string[] {
    return [];
  }
}

/** Results fit the sinks they go to. */
export class Sinks {
  @Handler(registrations, { sinks: [receipts] })
  plainObject({ id }: Registration): { readonly registration: number } {
    return { registration: id };
  }

  @Handler(registrations, { sinks: [receipts] })
  async record(_: Registration): Promise<Receipt> {
    return new Receipt();
  }

  @Handler(registrations, { sinks: [receipts] })
  async sometimes({ id }: Registration): Promise<Receipt | undefined> {
    return id > 0 ? new Receipt() : undefined;
  }

  @Handler(registrations, { sinks: [receipts] })
  nothing(_: Registration): void {}

  @Handler(registrations, { sinks: [texts] })
  text({ name }: Registration): string {
    return name;
  }

  @Handler(registrations, { sinks: [raw] })
  textForRaw({ name }: Registration): string {
    return name;
  }

  @Handler(registrations, { sinks: [unchecked] })
  anything({ id }: Registration): { readonly whatever: number } {
    return { whatever: id };
  }

  @Handler(registrations)
  withoutSink({ id }: Registration): number {
    return id;
  }

  // @ts-expect-error text is no receipt
  @Handler(registrations, { sinks: [receipts] })
  wrong({ name }: Registration): string {
    return name;
  }

  // @ts-expect-error nor is a promise of text
  @Handler(registrations, { sinks: [receipts] })
  async wrongLater({ name }: Registration): Promise<string> {
    return name;
  }

  // @ts-expect-error a member has another type
  @Handler(registrations, { sinks: [receipts] })
  wrongMember({ name }: Registration): { readonly registration: string } {
    return { registration: name };
  }

  // @ts-expect-error a number is no text
  @Handler(registrations, { sinks: [texts] })
  wrongNumber({ id }: Registration): number {
    return id;
  }

  @Agent(registrations, { sinks: [receipts] })
  async *yields(people: Stream<Registration>): AsyncIterable<{ readonly registration: number }> {
    for await (const { id } of people) yield { registration: id };
  }

  @Agent(registrations, { sinks: [receipts] })
  async *inferred(people: Stream<Registration>) {
    for await (const { id } of people) yield { registration: id };
  }

  @Agent(registrations, { sinks: [receipts] })
  async *generator(people: Stream<Registration>): AsyncGenerator<Receipt, void, void> {
    for await (const _ of people) yield new Receipt();
  }

  @Agent(registrations, { sinks: [receipts] })
  async noResults(_: Stream<Registration>): Promise<void> {}

  @Agent(registrations)
  async *withoutSinks(people: Stream<Registration>): AsyncIterable<number> {
    for await (const { id } of people) yield id;
  }

  // @ts-expect-error it yields text
  @Agent(registrations, { sinks: [receipts] })
  async *wrongYield(people: Stream<Registration>): AsyncIterable<string> {
    for await (const { name } of people) yield name;
  }

  @Handler(registrations, { sinks: [(receipt: Receipt) => expectTypeOf(receipt).toEqualTypeOf<Receipt>()] })
  toFunction(_: Registration): Receipt {
    return new Receipt();
  }

  @Handler(registrations, { sinks: [async (_: Receipt) => {}] })
  toAsyncFunction(_: Registration): Receipt {
    return new Receipt();
  }

  // @ts-expect-error the function takes receipts
  @Handler(registrations, { sinks: [(_: Receipt) => {}] })
  toWrongFunction(_: Registration): number {
    return 1;
  }

  // @ts-expect-error a name is no sink
  @Handler(registrations, { sinks: ['receipts'] })
  toName(_: Registration): Receipt {
    return new Receipt();
  }
}

/** A handler may be a generator, whose results go to the sinks; what is called for its effects may not. */
export class Generators {
  @Handler(registrations, { sinks: [receipts] })
  *several({ id }: Registration): Generator<Receipt | { readonly registration: number }, void> {
    yield new Receipt();
    yield { registration: id };
  }

  @Handler(registrations, { sinks: [receipts] })
  async *later({ id }: Registration) {
    yield { registration: id };
  }

  @Handler(registrations, { sinks: [texts] })
  async *annotated({ name }: Registration): AsyncIterable<string> {
    yield name;
  }

  @Handler(registrations)
  async *withoutSinks({ id }: Registration): AsyncIterable<number> {
    yield id;
  }

  // @ts-expect-error it yields text
  @Handler(registrations, { sinks: [receipts] })
  *wrong({ name }: Registration): Generator<string> {
    yield name;
  }

  // @ts-expect-error nor later
  @Handler(registrations, { sinks: [receipts] })
  async *wrongLater({ name }: Registration): AsyncGenerator<string> {
    yield name;
  }

  // @ts-expect-error a handler of arrays returns an array
  @Handler(registrations, { batch: { max: 10 } })
  async *batch(people: Registration[]): AsyncGenerator<number> {
    for (const { id } of people) yield id;
  }

  // @ts-expect-error also with sinks
  @Handler(registrations, { batch: { max: 10 }, sinks: [receipts] })
  *batchWithSinks(people: Registration[]): Generator<{ readonly registration: number }> {
    for (const { id } of people) yield { registration: id };
  }

  // @ts-expect-error an agent is an asynchronous generator
  @Agent(registrations, { sinks: [receipts] })
  *agent(_: Stream<Registration>): Generator<Receipt> {
    yield new Receipt();
  }

  // @ts-expect-error nobody takes what a timer yields
  @Timer('1s')
  async *timer(): AsyncGenerator<number> {
    yield 1;
  }

  // @ts-expect-error nor what a hook yields
  @OnStart()
  *start(): Generator<number> {
    yield 1;
  }

  // @ts-expect-error nor one that is told of partitions
  @OnRecovered()
  *recovered(_: readonly TopicPartition[]): Generator<number> {
    yield 1;
  }

  // @ts-expect-error nor the other
  @OnStop()
  async *stop(): AsyncIterable<number> {
    yield 1;
  }
}

expectTypeOf(agent(Generators, 'several')).toEqualTypeOf<AgentReference<Registration, Receipt | { readonly registration: number }>>();
expectTypeOf(agent(Generators, 'annotated')).toEqualTypeOf<AgentReference<Registration, string>>();

/** A reference to an agent has the types of its method, and takes what that agent takes. */
export class Auditor {
  @Handler(receipts)
  audit({ registration }: Receipt): string {
    return `audited ${registration}`;
  }

  @Agent(receipts, { sinks: [texts] })
  async *stream(all: Stream<Receipt>): AsyncIterable<string> {
    for await (const { registration } of all) yield `streamed ${registration}`;
  }

  readonly title = 'auditor';
}

expectTypeOf(agent(Auditor, 'audit')).toEqualTypeOf<AgentReference<Receipt, string>>();
expectTypeOf(agent(Auditor, 'stream')).toEqualTypeOf<AgentReference<Receipt, string>>();
// @ts-expect-error there is no such method
agent(Auditor, 'audti');
// @ts-expect-error a property is no agent
agent(Auditor, 'title');

/** A result may say its key and headers: those that its sinks take. */
export class Messages {
  @Handler(registrations, { sinks: [receipts] })
  keyed({ id, name }: Registration) {
    return message({
      key: name,
      value: { registration: id },
      headers: [
        ['kind', 'new'],
        ['kind', null],
      ],
      timestamp: new Date(),
    });
  }

  @Handler(registrations, { sinks: [receipts] })
  async sometimes({ id }: Registration): Promise<Receipt | ResultMessage<string, { registration: number }>> {
    return id > 0 ? message({ key: null, value: { registration: id }, headers: { a: Buffer.from('a') } }) : new Receipt();
  }

  @Handler(registrations, { sinks: [receipts] })
  tombstone({ name }: Registration) {
    return message({ key: name, value: null });
  }

  @Handler(registrations, { batch: { max: 10 }, sinks: [receipts] })
  batch(people: Registration[]) {
    return people.map(({ id, name }) => (id > 0 ? message({ key: name, value: { registration: id } }) : undefined));
  }

  @Agent(registrations, { sinks: [receipts, (receipt: Receipt) => expectTypeOf(receipt).toEqualTypeOf<Receipt>()] })
  async *yields(people: Stream<Registration>) {
    for await (const { id } of people) yield message({ key: 'k', value: Object.assign(new Receipt(), { registration: id }) });
  }

  @Handler(registrations, { sinks: [numbers] })
  byNumber({ id }: Registration) {
    return message({ key: id, value: id });
  }

  @Handler(registrations, { sinks: [unchecked] })
  unchecked({ id }: Registration) {
    return message({ key: 'k', value: { any: id } });
  }

  @Handler(registrations, { sinks: [agent(Auditor, 'audit')] })
  toAgent({ id }: Registration) {
    return message({ key: 'k', value: { registration: id } });
  }

  // @ts-expect-error the value is no receipt
  @Handler(registrations, { sinks: [receipts] })
  wrongValue({ id }: Registration) {
    return message({ value: { registration: String(id) } });
  }

  // @ts-expect-error keys of receipts are text
  @Handler(registrations, { sinks: [receipts] })
  wrongKey({ id }: Registration) {
    return message({ key: id, value: { registration: id } });
  }

  @Handler(registrations, { sinks: [numbers, counts] })
  noKey({ id }: Registration) {
    return message({ value: id, headers: { a: 'b' } });
  }

  // @ts-expect-error one sink takes numbers, the other text
  @Handler(registrations, { sinks: [numbers, counts] })
  noKeyFitsBoth({ id }: Registration) {
    return message({ key: id, value: id });
  }
}

export class ToAgents {
  @Handler(registrations, { sinks: [agent(Auditor, 'audit'), receipts] })
  fits({ id }: Registration): Receipt {
    return Object.assign(new Receipt(), { registration: id });
  }

  // @ts-expect-error the other agent takes receipts
  @Handler(registrations, { sinks: [agent(Auditor, 'audit')] })
  wrong({ name }: Registration): string {
    return name;
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
