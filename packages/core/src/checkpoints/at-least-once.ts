import type { Logger } from 'pino';
import type { Outputs } from '../attempts/index.js';
import { reason, StateError, TransportError } from '../errors/index.js';
import { formatPosition, withoutCompleted } from '../positions/index.js';
import { type Consumer, DeliveryError, type GroupPosition } from '../transport/index.js';
import { type Changelogs, type ToCommit, writeAll } from './changelogs.js';
import type { Guarantee } from './guarantee.js';
import { concluded, mustBeOurs, type Progress, type ProgressPort } from './progress.js';
import type { StepTimes } from './step-times.js';
import { undeliveredOf } from './undelivered.js';

/** Characters that a broker takes beside an offset, unless it was told otherwise. */
const metadataMax = 4_000;

export interface AtLeastOnceParts {
  /** Missing where nothing is read. */
  readonly consumer: Consumer | undefined;
  readonly outputs: Outputs;
  readonly progress: ProgressPort;
  readonly logger: Logger;
  /** Missing where there is no local state. */
  readonly changelogs?: Changelogs;
}

/** Flushes what was sent, then commits what was completed before the flush began, with the changes of local state. */
export class AtLeastOnce implements Guarantee {
  readonly #parts: AtLeastOnceParts;

  constructor(parts: AtLeastOnceParts) {
    this.#parts = parts;
  }

  begin(): void {}

  quiesce(): undefined {}

  close(): boolean {
    return true;
  }

  reopen(): Promise<void> {
    return Promise.resolve();
  }

  broken(): void {}

  async commit(noted: readonly Progress[], times: StepTimes): Promise<readonly Progress[]> {
    times.enter('flush');
    await this.#parts.outputs.flush();
    return this.#commit(noted, times);
  }

  /** Messages were not delivered: what they were sent for runs again. Everything else is committed: the flush has waited for that too. */
  async recover(error: Error, noted: readonly Progress[], times: StepTimes): Promise<void> {
    const { outputs, progress, logger } = this.#parts;
    if (!(error instanceof DeliveryError)) throw error;
    const failed = outputs.failed(error);
    for (const { message, error: why } of failed.unowned)
      logger.error({ topic: message.topic, error: reason(why) }, 'a message that was sent for no event was not delivered, and is lost');
    if (failed.isUnknown) {
      logger.warn(
        { error: reason(error) },
        'a message was refused, and it is not known whose: what is not committed runs again, one event at a time',
      );
      return progress.rewind(error, 'unknown');
    }
    const undelivered = undeliveredOf(failed);
    await concluded(progress, await this.#commit(progress.without(noted, undelivered), times));
    if (undelivered.length === 0) return;
    const at = undelivered.map(({ topic, partition, from }) => formatPosition({ topic, partition, offset: from }));
    logger.warn({ at, error: reason(error) }, 'messages were not delivered: the events that they were sent for run again');
    return progress.runAgain(error, undelivered);
  }

  /** A commit that the group does not take is tried again at the next checkpoint; if the partition has moved on, its new owner repeats the events. */
  async #commit(noted: readonly Progress[], times: StepTimes): Promise<readonly Progress[]> {
    const { consumer, progress, logger, changelogs } = this.#parts;
    const finished = progress.stillOurs(noted);
    if (finished.length === 0 || consumer === undefined) return [];
    const positions = finished.flatMap(({ positions }) => positions).map(shortened);
    const states = finished.flatMap(({ state }) => state ?? []);
    times.enter('commit');
    const write: ToCommit['write'] = (to) => writeAll(states, to, times).then(() => times.enter('commit'));
    try {
      if (states.length > 0 && changelogs !== undefined)
        await changelogs.commit({ consumer, positions, write, mustBeOurs: () => mustBeOurs(progress, finished) });
      else await consumer.commit(positions);
      return finished;
    } catch (error) {
      if (error instanceof TransportError && error.isFinal) throw error;
      if (error instanceof StateError) await progress.rewind(error, []);
      logger.warn({ offsets: positions.map(formatPosition), error: reason(error) }, 'the group did not take the offsets');
      return [];
    }
  }
}

/** What agents have completed saves work that is done. Where there is more of it than a broker takes, that is done again. */
function shortened(position: GroupPosition): GroupPosition {
  const { metadata, ...at } = position;
  if (metadata !== undefined && metadata.length <= metadataMax) return position;
  const rest = withoutCompleted(metadata);
  return rest === undefined ? at : { ...at, metadata: rest };
}
