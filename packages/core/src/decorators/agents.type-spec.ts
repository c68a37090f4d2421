import { Agent, type Event, type Stream } from '@weir/core';
import { expectTypeOf } from 'expect-type';
import { type Claimed, deletable, type Other, type Registration, registrations, unchecked } from './typed.fixture.js';

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
