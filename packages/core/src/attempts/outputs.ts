import { LifecycleError } from '../errors/index.js';
import type { Position } from '../positions/index.js';
import type { Outlet } from '../topics/index.js';
import {
  DeliveryError,
  type FailedDelivery,
  type HeaderPair,
  type Outgoing,
  type Payload,
  type Producer,
  Sending,
} from '../transport/index.js';
import type { Attempt } from './attempt.js';
import type { AttemptWrites } from './attempt-writes.js';
import { currentExecution, type Execution } from './execution.js';
import { type Origin, Origins } from './origins.js';
import { isRefusal } from './refusal.js';
import { TransactionBuffer } from './transaction-buffer.js';

/** What a flush failed with, by what the messages were sent for. */
export interface FailedOutputs {
  readonly origins: readonly (Origin & { readonly isRefused: boolean })[];
  /** Messages that were sent for no event. */
  readonly unowned: readonly FailedDelivery[];
  /** Whether there are messages of which the client cannot tell what they were sent for. */
  readonly isUnknown: boolean;
}

/**
 * Open: messages go out. Closing: the transaction is about to be committed, and no attempt begins. Committing: messages wait for the next transaction.
 * At least once it is always open.
 */
type Phase = 'open' | 'closing' | 'committing';

/** What leaves the worker. Each message belongs to an attempt, and shares its end, or belongs to no event, and goes at once. */
export class Outputs implements Outlet {
  readonly #producer: Producer;
  readonly #origins = new Origins();
  readonly #buffer = new TransactionBuffer();
  /** Unfinished attempts with messages in the open transaction. */
  readonly #inTransaction = new Set<Attempt>();
  readonly #isExact: boolean;
  #phase: Phase;
  #quiesced: (() => void)[] = [];
  #broken: Error | undefined;
  /** Origins before this sequence number belong to messages that the last flush waits, or waited, for. */
  #flushed = 0;
  /** What flushes have failed with was sent for: a later one that succeeds forgets the origins. */
  readonly #traced = new WeakMap<Error, FailedOutputs>();
  #sinceOpened = 0;
  #opened = () => {};

  /** @param isExact whether messages go out in transactions, of which the first is to be begun */
  constructor(producer: Producer, isExact: boolean) {
    this.#producer = producer;
    this.#isExact = isExact;
    this.#phase = isExact ? 'committing' : 'open';
  }

  /** Whether attempts may begin. */
  get admits(): boolean {
    return this.#phase !== 'closing' && !this.#buffer.isCrowded;
  }

  /** Whether the open transaction holds any message. */
  get isEmpty(): boolean {
    return this.#sinceOpened === 0;
  }

  /** Called whenever attempts may begin again. */
  whenOpened(listener: () => void): void {
    this.#opened = listener;
  }

  append(topic: string, key: Payload, value: Payload, partition?: number, timestamp?: number, headers?: readonly HeaderPair[]): void {
    const execution = currentExecution();
    const attempt = this.#attemptOf(execution);
    // Steps before `take` have no end of their own that it could wait for.
    if (attempt === undefined || execution?.isAheadOfTake === true) this.#pass(attempt, topic, key, value, partition, timestamp, headers);
    else {
      attempt.stage({ topic, key, value, partition, timestamp, headers });
      this.handOutFull(attempt);
    }
  }

  /** For no event. */
  stage({ topic, key, value, partition, timestamp, headers }: Outgoing): void {
    this.#pass(undefined, topic, key, value, partition, timestamp, headers);
  }

  /** Somebody may wait for it: it goes at once, after what its attempt has staged. */
  send(message: Outgoing): Promise<Position> {
    return this.sendFor(this.#attemptOf(currentExecution()), message);
  }

  /** The attempt of the calling code, while it may still fail. @throws LifecycleError when it has failed or was abandoned */
  #attemptOf(execution: Execution | undefined): Attempt | undefined {
    if (execution?.isAheadOfTake === true && this.#isExact) throw sentAheadOfTake();
    const attempt = execution?.attempt;
    if (attempt === undefined || attempt.owner !== this) return undefined;
    attempt.mustBeOpen();
    return attempt.isRunning ? attempt : undefined;
  }

  /** The same in the name of an attempt; undefined for no event. */
  sendFor(attempt: Attempt | undefined, message: Outgoing): Promise<Position> {
    attempt?.mustBeOpen();
    const running = attempt?.isRunning === true ? attempt : undefined;
    if (running?.writes !== undefined) return this.#sendSettled(running, running.writes, message);
    if (running?.hasStaged === true) this.handOut(running);
    return this.#send(running, message);
  }

  /** What an attempt sends that has read local state cannot be taken back: only when nobody can overtake it any more. */
  #sendSettled(attempt: Attempt, writes: AttemptWrites, message: Outgoing): Promise<Position> {
    const settled = writes.settle();
    if (settled === undefined) {
      if (attempt.hasStaged) this.handOut(attempt);
      return this.#send(attempt, message);
    }
    const before = attempt.takeStaged();
    const { sending, begin, refuse } = Sending.later();
    const send = () => {
      attempt.mustBeOpen();
      for (const each of before) this.#passMessage(attempt, each);
      begin(this.#send(attempt, message));
    };
    settled.then(send).catch(refuse);
    return sending;
  }

  /**
   * The only message of an attempt that succeeds in this turn: it need not be staged. What the attempt has changed goes before it.
   * @throws when it can never be sent, of an attempt that has changed nothing; Overtaken
   */
  appendOnly(attempt: Attempt, message: Outgoing): void {
    if (attempt.writes === undefined) {
      const { topic, key, value, partition, timestamp, headers } = message;
      this.#pass(attempt, topic, key, value, partition, timestamp, headers);
    } else if (attempt.isRunning) {
      attempt.writes.apply();
      this.#passMessage(attempt, message);
    }
  }

  /** Hands out what an isolated attempt has staged, and waits until all that it sent is acknowledged. @throws what the first was refused with */
  async confirm(attempt: Attempt): Promise<void> {
    attempt.mustBeOpen();
    this.handOut(attempt);
    await Promise.all(attempt.deliveries ?? []);
  }

  /** An attempt has succeeded: makes its changes those of all, and hands out what it has staged. @throws Overtaken */
  succeed(attempt: Attempt): void {
    attempt.writes?.apply();
    if (attempt.hasStaged) this.handOut(attempt);
    attempt.end('succeeded');
    this.#leaves(attempt);
  }

  /** An attempt has failed: what it has staged is forgotten, and it sends nothing more. */
  fail(attempt: Attempt): void {
    attempt.end('failed');
    this.#leaves(attempt);
  }

  #leaves(attempt: Attempt): void {
    if (this.#inTransaction.delete(attempt)) this.#tellQuiesced();
  }

  #tellQuiesced(): void {
    if (this.isQuiescent) for (const resolve of this.#quiesced.splice(0)) resolve();
  }

  /** Sends what an attempt has staged before it has succeeded, where that is more than is kept. */
  handOutFull(attempt: Attempt): void {
    if (!attempt.isFull) return;
    const settled = attempt.writes?.settle();
    if (settled === undefined) this.handOut(attempt);
    else settled.catch(() => undefined);
  }

  /** Sends what an attempt has staged. */
  handOut(attempt: Attempt): void {
    for (const message of attempt.takeStaged()) {
      if (attempt.isIsolated) void this.#send(attempt, message);
      else this.#passMessage(attempt, message);
    }
  }

  /** One of several that go out together: what can never be sent shows at the next flush, as if the broker had refused it. */
  #passMessage(attempt: Attempt | undefined, message: Outgoing): void {
    const { topic, key, value, partition, timestamp, headers } = message;
    try {
      this.#pass(attempt, topic, key, value, partition, timestamp, headers);
    } catch {
      void this.#send(attempt, message);
    }
  }

  #pass(
    attempt: Attempt | undefined,
    topic: string,
    key: Payload,
    value: Payload,
    partition?: number,
    timestamp?: number,
    headers?: readonly HeaderPair[],
  ): void {
    if (this.#phase === 'committing') {
      const message = { topic, key, value, partition, timestamp, headers };
      this.#wait(attempt, message, () => this.#passMessage(attempt, message));
    } else this.#producer.append(topic, key, value, partition, timestamp, headers, this.#note(attempt));
  }

  #send(attempt: Attempt | undefined, message: Outgoing): Promise<Position> {
    const sending = this.#sendNowOrLater(attempt, message);
    attempt?.deliveries?.add(sending);
    // Its own catch: the promise notes whether its sender looks at it.
    if (attempt?.isIsolated === true) Promise.prototype.then.call(sending, undefined, () => undefined);
    return sending;
  }

  #sendNowOrLater(attempt: Attempt | undefined, message: Outgoing): Promise<Position> {
    if (this.#phase !== 'committing') return this.#sendNow(attempt, message);
    const { sending, begin, refuse } = Sending.later();
    this.#wait(attempt, message, () => begin(this.#sendNow(attempt, message)), refuse);
    return sending;
  }

  #sendNow(attempt: Attempt | undefined, message: Outgoing): Promise<Position> {
    const known = { ...message, origin: this.#note(attempt) };
    return attempt?.isIsolated === true ? this.#producer.sendAlone(known) : this.#producer.send(known);
  }

  /** A message leaves: under which number. */
  #note(attempt: Attempt | undefined): number {
    this.#sinceOpened++;
    if (attempt === undefined) return 0;
    if (attempt.origin < this.#flushed) attempt.origin = this.#origins.add(attempt.lane, attempt.from, attempt.to);
    if (!attempt.hasSent && this.#isExact && attempt.isRunning) this.#inTransaction.add(attempt);
    attempt.hasSent = true;
    return this.#origins.numberOf(attempt.origin);
  }

  #wait(attempt: Attempt | undefined, { key, value }: Outgoing, pass: () => void, refuse?: (why: Error) => void): void {
    if (this.#broken !== undefined) {
      if (refuse === undefined) throw this.#broken;
      refuse(this.#broken);
      return;
    }
    this.#buffer.add({ attempt, pass, refuse }, (key?.length ?? 0) + (value?.length ?? 0));
  }

  /** Exactly once: whether every attempt with messages in the open transaction has come to its end. */
  get isQuiescent(): boolean {
    return this.#inTransaction.size === 0;
  }

  /** Lets no further attempt begin until `open`. Resolves when those in the open transaction have come to their ends. */
  quiesce(): Promise<void> {
    this.#phase = 'closing';
    return this.isQuiescent ? Promise.resolve() : new Promise((resolve) => this.#quiesced.push(resolve));
  }

  /** From here on messages wait for the next transaction. */
  close(): void {
    this.#phase = 'committing';
    this.#inTransaction.clear();
  }

  /** The next transaction has begun: what waits for it goes out, unless its lane was given up meanwhile. */
  open(): void {
    this.#phase = 'open';
    this.#sinceOpened = 0;
    for (const { attempt, pass, refuse } of this.#buffer.take()) {
      if (attempt?.isClosed === true) refuse?.(givenUp());
      else pass();
    }
    this.#opened();
  }

  /** Nothing goes out any more, and nobody waits. */
  break(why: Error): void {
    this.#phase = 'committing';
    this.#broken = why;
    for (const { refuse } of this.#buffer.take()) refuse?.(why);
    for (const resolve of this.#quiesced.splice(0)) resolve();
  }

  /** Resolves when all that was sent before is acknowledged. @throws DeliveryError, see `failed` */
  async flush(): Promise<void> {
    const mark = this.#origins.mark;
    this.#flushed = mark;
    try {
      await this.#producer.flush();
    } catch (error) {
      if (error instanceof Error) this.#traced.set(error, this.#trace(error));
      throw error;
    }
    this.#origins.dropBefore(mark);
  }

  /** What a flush failed with was sent for. */
  failed(error: unknown): FailedOutputs {
    return (error instanceof Error ? this.#traced.get(error) : undefined) ?? this.#trace(error);
  }

  #trace(error: unknown): FailedOutputs {
    const failures = failuresOf(error);
    const origins = new Map<number, Origin & { readonly isRefused: boolean }>();
    const unowned: FailedDelivery[] = [];
    let isUnknown = false;
    for (const failure of failures) {
      const number = failure.message.origin;
      const origin = number ? this.#origins.find(number) : undefined;
      if (number === undefined) isUnknown = true;
      else if (origin === undefined) unowned.push(failure);
      else origins.set(number, { ...origin, isRefused: isRefusal(failure.error) || origins.get(number)?.isRefused === true });
    }
    return { origins: [...origins.values()], unowned, isUnknown };
  }
}

/** What was not delivered, in an error or in one of its causes. */
function failuresOf(error: unknown): readonly FailedDelivery[] {
  if (error instanceof DeliveryError) return error.failures;
  return error instanceof Error && error.cause !== undefined ? failuresOf(error.cause) : [];
}

/** With exactly once. */
export function sentAheadOfTake(): LifecycleError {
  return new LifecycleError(
    'with exactly once, a step of a stream before take() may not send: it runs for events that the loop has not been given. Send in the loop, or after take()',
  );
}

function givenUp(): LifecycleError {
  return new LifecycleError('the event that this was sent for runs again', { code: 'ATTEMPT_CLOSED' });
}
