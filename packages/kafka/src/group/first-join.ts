import { type Clock, within } from '@weir/core/internal/time';
import type { Logger } from '../driver/client-log.js';

/** A group answers a join when its other members have joined too: they hear of it with their next heartbeat, 3 s apart by default. */
const answerMs = 10_000;

export interface UnansweredJoin {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Whether there is anything to join for: without a topic that exists librdkafka does not ask. */
  readonly hasTopics: () => Promise<boolean>;
  /** Makes sure that the client is served. */
  readonly serve: () => void;
}

/**
 * Whether the group has answered that we join. It then tells the id of the member, and only by that can librdkafka (2.15) leave:
 * told to leave before, it sends nothing.
 * The broker forgets a member without a name whose join is given up, and keeps one with a name until its session ends.
 */
export class FirstJoin {
  #isAsked = false;
  #answered: () => void = () => undefined;
  #answer: Promise<true> = Promise.resolve(true);

  /** The client is told to join. */
  asked(): void {
    this.#isAsked = true;
    this.#answer = new Promise((resolve) => {
      this.#answered = () => resolve(true);
    });
  }

  /** The group has given partitions, or none, and the client goes on. */
  answered(): void {
    this.#isAsked = false;
    this.#answered();
  }

  /** Resolves when the member can leave. @returns whether the group will hear that it does */
  async settled({ clock, logger, hasTopics, serve }: UnansweredJoin): Promise<boolean> {
    if (!this.#isAsked) return true;
    logger.info('waiting for the group to answer that this worker joins: only then it can leave');
    const answer = hasTopics().then(
      (isAsked) => {
        serve();
        return !isAsked || this.#answer;
      },
      () => false,
    );
    if (await within(clock, answerMs, answer, false)) return true;
    logger.warn('the group has not answered: it may count this worker as a member until its session ends');
    return false;
  }
}
