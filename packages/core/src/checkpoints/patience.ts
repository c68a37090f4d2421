import type { Logger } from 'pino';
import { reason, TransportError } from '../errors/index.js';
import { type Cancel, type Clock, formatMs } from '../time/index.js';
import { untilAnswered } from '../transport/index.js';

/** How often it is said what a transaction waits for that takes long. */
const slowMs = 10_000;
/** How long one stage may take: longer than the client's own limits, and than a broker keeps a transaction open. */
const stuckMs = 120_000;

/** What a transaction waits for. */
export type Stage =
  | 'attempts that have sent come to their ends'
  | 'what was sent is acknowledged'
  | 'it is committed'
  | 'what it has committed is stored'
  | 'it is aborted'
  | 'a broker answers'
  | 'partitions are read anew';

/** Those that may take any time: attempts and stores have limits of their own, and a broker that is away is waited for. */
const unlimited: readonly Stage[] = [
  'attempts that have sent come to their ends',
  'what was sent is acknowledged',
  'what it has committed is stored',
  'a broker answers',
];

/** Says what a transaction waits for when it takes long, and ends the wait of one that stands still: the worker ends then, and others go on. */
export class Patience {
  readonly #clock: Clock;
  readonly #logger: Logger;
  #stage: Stage = 'attempts that have sent come to their ends';
  #since = 0;
  #began = 0;
  #cancel: Cancel = () => {};
  #reject: (why: Error) => void = () => {};
  #isStuck: Promise<never> = new Promise(() => undefined);

  constructor(clock: Clock, logger: Logger) {
    this.#clock = clock;
    this.#logger = logger;
  }

  /** A checkpoint begins. */
  begins(): void {
    this.#began = this.#clock.now();
    this.waits('attempts that have sent come to their ends');
    this.#isStuck = new Promise((_, reject) => {
      this.#reject = reject;
    });
    this.#isStuck.catch(() => undefined);
    this.#lookLater();
  }

  ends(): void {
    this.#cancel();
  }

  /** From here on it waits until something else. */
  waits(stage: Stage): void {
    this.#stage = stage;
    this.#since = this.#clock.now();
  }

  /** Rejects when the round stands still before what is awaited is there. */
  orStuck<T>(awaited: Promise<T>): Promise<T> {
    return Promise.race([awaited, this.#isStuck]);
  }

  /** Asks again while no broker answers. */
  async whenAnswered(ask: () => Promise<void>): Promise<void> {
    const stage = this.#stage;
    await untilAnswered(() => this.orStuck(ask()), this.#clock, {
      refused: (error, isFirst) => {
        if (isFirst) this.#logger.warn({ error: reason(error) }, 'the transaction waits until a broker answers');
        this.waits('a broker answers');
      },
    });
    this.waits(stage);
  }

  #lookLater(): void {
    this.#cancel = this.#clock.after(slowMs, () => {
      const now = this.#clock.now();
      if (!unlimited.includes(this.#stage) && now - this.#since >= stuckMs) return this.#reject(standsStill(this.#stage));
      this.#logger.warn(`the transaction is not done after ${formatMs(now - this.#began)}: waiting until ${this.#stage}`);
      this.#lookLater();
    });
  }
}

function standsStill(stage: Stage): TransportError {
  const message = `the transaction stands still: waiting until ${stage} for more than ${formatMs(stuckMs)}. The broker ends it, and its events run again`;
  return new TransportError(message, { code: 'TRANSACTION_ABORTED', fatal: true });
}
