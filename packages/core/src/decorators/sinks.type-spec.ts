import {
  Agent,
  type AgentReference,
  agent,
  Handler,
  message,
  OnRecovered,
  OnStart,
  OnStop,
  type ResultMessage,
  type Stream,
  Timer,
  type TopicPartition,
} from '@weir/core';
import { expectTypeOf } from 'expect-type';
import { counts, numbers, Receipt, type Registration, raw, receipts, registrations, texts, unchecked } from './typed.fixture.js';

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
