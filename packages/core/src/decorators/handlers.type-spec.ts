import {
  Agent,
  Cron,
  type Event,
  Handler,
  OnAssigned,
  OnRecovered,
  OnRevoked,
  OnStart,
  OnStop,
  type Position,
  type Stream,
  Task,
  type Tick,
  Timer,
  type TopicPartition,
} from '@weir/core';
import { expectTypeOf } from 'expect-type';
import {
  type Claimed,
  deletable,
  numbers,
  type Other,
  type Registration,
  raw,
  receipts,
  registrations,
  skipping,
  unchecked,
} from './typed.fixture.js';

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
