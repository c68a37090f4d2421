import type { Logger } from 'pino';
import type { Outputs } from '../attempts/index.js';
import { asError, TransportError } from '../errors/index.js';
import type { Observers } from '../observers/index.js';
import { type Clock, within } from '../time/index.js';
import type { Consumer, Producer, Transactions } from '../transport/index.js';
import { writeAll } from './changelogs.js';
import type { Guarantee } from './guarantee.js';
import { Patience } from './patience.js';
import { mustBeOurs, type Progress, type ProgressPort, type Undelivered } from './progress.js';
import type { StepTimes } from './step-times.js';
import { undeliveredOf } from './undelivered.js';

/** How long a broker that is well takes at most to acknowledge what was sent. */
const answerMs = 2_000;
/** In how many pieces the time is counted that attempts have to come to their ends. */
const quiescePieces = 5;

export interface ExactlyOnceParts {
  readonly consumer: Consumer;
  readonly outputs: Outputs;
  readonly producer: Producer;
  readonly transactions: Transactions;
  readonly progress: ProgressPort;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly observers: Observers;
  /** How long an attempt that has something in the transaction may hold its commit up, in milliseconds. */
  readonly quiesceMs: number;
}

/**
 * Outputs, changelog entries and offsets in one transaction (KIP-447). It waits for attempts that have sent into it, and for no others; what goes on meanwhile sends into the
 * next one. A transaction that cannot be committed is aborted, and everything since the last one runs again.
 */
export class ExactlyOnce implements Guarantee {
  readonly #parts: ExactlyOnceParts;
  readonly #patience: Patience;
  #aborting: Error | undefined;
  #abortAsked = () => {};
  /** Whether the transaction was committed or aborted, and the next one has not begun. */
  #isOver = false;
  /** What was flushed before attempts had come to their ends, and what that failed with: a refusal is told once only. */
  #early: Promise<unknown> = Promise.resolve();
  #failedEarly: Error | undefined;
  /** What has ended the worker: messages of what came to its end since were refused, and its events are not committed. */
  #broken: Error | undefined;

  constructor(parts: ExactlyOnceParts) {
    this.#parts = parts;
    this.#patience = new Patience(parts.clock, parts.logger);
  }

  /** Begins the first transaction. */
  async start(): Promise<void> {
    await this.#parts.transactions.begin();
    this.#parts.outputs.open();
  }

  readonly abort = (why: Error): boolean => {
    const isNew = this.#aborting === undefined;
    this.#aborting ??= why;
    this.#abortAsked();
    return isNew;
  };

  get aborting(): Error | undefined {
    return this.#aborting;
  }

  begin(): void {
    if (this.#broken !== undefined) throw this.#broken;
    this.#patience.begins();
  }

  quiesce(): Promise<void> | undefined {
    const { outputs, progress } = this.#parts;
    if (this.#aborting !== undefined || outputs.isQuiescent) return undefined;
    const asked = new Promise<void>((resolve) => {
      this.#abortAsked = resolve;
    });
    const quiet = Promise.race([outputs.quiesce(), asked]);
    progress.hurry();
    return this.#outwait(quiet);
  }

  /** Waits for attempts. The time counts only while the broker takes what they send, and piece by piece: a process that was halted finds it over when it goes on. */
  async #outwait(quiet: Promise<unknown>): Promise<void> {
    const { clock, quiesceMs } = this.#parts;
    for (let pieces = 0; pieces < quiescePieces; ) {
      if ((await this.#patience.orStuck(within(clock, quiesceMs / quiescePieces, quiet, 'late'))) !== 'late') return;
      if (await this.#isBrokerThere()) pieces++;
    }
    throw neverQuiet(this.#parts.progress.running(), quiesceMs);
  }

  /** Whether the broker takes what attempts have sent. If not, it may be that they wait for. */
  async #isBrokerThere(): Promise<boolean> {
    const { outputs, clock, logger } = this.#parts;
    const flushed = outputs.flush().catch((error: unknown) => {
      this.#failedEarly ??= asError(error);
      this.abort(this.#failedEarly);
    });
    this.#early = Promise.all([this.#early, flushed]);
    if ((await within(clock, answerMs, flushed, 'late')) !== 'late') return true;
    logger.warn('the transaction cannot be committed yet: the broker has not taken what handlers sent');
    return false;
  }

  close(noted: readonly Progress[]): boolean {
    const { outputs } = this.#parts;
    const hasWork = noted.length > 0 || !outputs.isEmpty;
    outputs.close();
    return hasWork;
  }

  async commit(noted: readonly Progress[], times: StepTimes): Promise<readonly Progress[]> {
    const { consumer, outputs, producer, transactions, progress } = this.#parts;
    this.#patience.waits('what was sent is acknowledged');
    const states = noted.flatMap(({ state }) => state ?? []);
    if (states.length > 0) await this.#patience.orStuck(writeAll(states, producer, times));
    times.enter('flush');
    await this.#patience.orStuck(this.#early);
    await this.#patience.orStuck(outputs.flush());
    if (this.#failedEarly !== undefined) throw this.#failedEarly;
    mustBeOurs(progress, noted);
    this.#patience.waits('it is committed');
    times.enter('commit');
    const positions = noted.flatMap(({ positions }) => positions);
    try {
      await this.#patience.orStuck(transactions.commit(consumer, positions));
    } catch (error) {
      this.#isOver = error instanceof TransportError && error.code === 'TRANSACTION_ABORTED';
      throw error;
    }
    this.#isOver = true;
    this.#patience.waits('what it has committed is stored');
    return noted;
  }

  async recover(error: Error): Promise<void> {
    if (error instanceof TransportError && error.fatal) throw error;
    const { transactions, progress, observers } = this.#parts;
    observers.tell('aborted', { why: error });
    const undelivered = (await this.#undelivered(error)) ?? 'unknown';
    this.#failedEarly = undefined;
    this.#patience.waits('it is aborted');
    if (!this.#isOver) await this.#patience.whenAnswered(() => transactions.abort());
    this.#isOver = true;
    this.#patience.waits('partitions are read anew');
    await this.#patience.orStuck(progress.rewind(error, undelivered));
    this.#aborting = undefined;
  }

  /** The events whose messages the broker refused: with the transaction, that would be forgotten. Undefined where it cannot be told. */
  async #undelivered(error: Error): Promise<Undelivered[] | undefined> {
    const { outputs, clock } = this.#parts;
    // Each at once: what a later flush has waited for is forgotten.
    const failed = [outputs.failed(error)];
    await within(clock, answerMs, this.#early, 'late');
    if (this.#failedEarly !== undefined && this.#failedEarly !== error) failed.push(outputs.failed(this.#failedEarly));
    const flushed = outputs.flush().catch((refused: unknown) => failed.push(outputs.failed(refused)));
    await within(clock, answerMs, flushed, 'late');
    return failed.some(({ isUnknown }) => isUnknown) ? undefined : failed.flatMap(undeliveredOf);
  }

  /** Begins the next transaction, as soon as a broker answers. One without messages and offsets goes on. */
  async reopen(): Promise<void> {
    if (this.#isOver) await this.#patience.whenAnswered(() => this.#parts.transactions.begin());
    this.#isOver = false;
    this.#patience.ends();
    this.#parts.outputs.open();
  }

  broken(why: Error): void {
    this.#broken = why;
    this.#patience.ends();
    this.#parts.outputs.break(why);
  }
}

/** An attempt that takes longer than a transaction may wait would be undone and run again for ever. */
function neverQuiet(running: readonly string[], ms: number): TransportError {
  const what = running.length === 0 ? 'what had begun' : running.join(', ');
  const message = `the transaction cannot be committed: ${what} did not come to an end within ${ms / 1_000} s after it had sent something. Raise drainTimeout above what handlers take, limit them by handlerTimeout, or send with sendSoon, which waits for the end of the handler`;
  return new TransportError(message, { code: 'TRANSACTION_ABORTED', fatal: true });
}
