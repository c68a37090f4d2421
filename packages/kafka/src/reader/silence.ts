import { reason, TransportError } from '@weir/core/internal/errors';
import type { TopicPartition } from '@weir/core/internal/positions';
import type { Clock } from '@weir/core/internal/time';
import type { LogEnds } from '@weir/core/internal/transport';
import type { Logger } from '../client-log.js';
import { outOfRange, type Track, type Tracks } from './tracks.js';

/** How long nothing may come of a partition before the broker is asked about it; the second is for one that was at its end. */
const askMs = 1_000;
const askAtEndMs = 5_000;
/** How long nothing may come though the broker has more before the partition is read anew. */
const restartMs = 10_000;

export interface SilenceOptions {
  readonly tracks: Tracks;
  readonly isolation: 'committed' | 'uncommitted';
  readonly ends: (partitions: readonly TopicPartition[]) => Promise<readonly (LogEnds | TransportError)[]>;
  /** Reads partitions anew from where they are. */
  readonly restart: (tracks: readonly Track[]) => Promise<void>;
  /** Told when it was found out that a partition cannot be read. */
  readonly found: () => void;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Asks about partitions of which nothing comes: of a topic that is gone librdkafka says nothing, and the driver does not hand on every report of an offset that
 * is out of range, nor of every end.
 */
export class Silence {
  readonly #options: SilenceOptions;
  readonly #missing = new WeakSet<Track>();
  #lookedAt = Number.NEGATIVE_INFINITY;
  #dueAt = Number.NEGATIVE_INFINITY;
  #isAsking = false;

  constructor(options: SilenceOptions) {
    this.#options = options;
  }

  /** To be called with every poll. */
  look(): void {
    const { tracks, clock } = this.#options;
    const now = clock.now();
    // What nobody has polled is not silent.
    if (now - this.#lookedAt > 2 * askMs) for (const track of tracks.all()) track.knownAt = now;
    this.#lookedAt = now;
    if (this.#isAsking || now < this.#dueAt) return;
    this.#dueAt = now + askMs;
    const silent = tracks
      .all()
      .filter(({ isAtEnd, fault, knownAt }) => fault === undefined && now - knownAt >= (isAtEnd ? askAtEndMs : askMs));
    if (silent.length > 0) void this.#ask(silent);
  }

  async #ask(silent: readonly Track[]): Promise<void> {
    const { ends, restart, tracks, found, logger } = this.#options;
    this.#isAsking = true;
    const known = silent.map(({ knownAt }) => knownAt);
    try {
      const answers = await ends(silent.map(({ at }) => at));
      // What has come further while the question was asked is not silent.
      const stuck = silent.filter((track, index) => track.knownAt === known[index] && this.#judge(track, answers[index]!));
      if (tracks.fault !== undefined) found();
      if (stuck.length > 0) await restart(stuck.filter((track) => tracks.get(track.at) === track));
    } catch (thrown) {
      logger.debug({ err: thrown }, `cannot ask why nothing comes: ${reason(thrown)}`);
    } finally {
      this.#isAsking = false;
    }
  }

  /** Whether it is to be read anew. */
  #judge(track: Track, answer: LogEnds | TransportError): boolean {
    const { tracks, isolation, clock } = this.#options;
    track.knownAt = clock.now();
    if (answer instanceof TransportError) {
      // Not every broker knows a new topic at once: it counts the second time, which comes soon.
      track.isAtEnd = false;
      if (answer.code === 'TOPIC_MISSING' && this.#missing.has(track)) tracks.fail(track, answer);
      else if (answer.code === 'TOPIC_MISSING') this.#missing.add(track);
      return false;
    }
    this.#missing.delete(track);
    const { low, high, stable } = answer;
    const { position } = track;
    if (position !== undefined && (position < low || position > high)) {
      tracks.fail(track, outOfRange(track, `the log holds the offsets from ${low} to ${high}`));
      return false;
    }
    track.isAtEnd = position === (isolation === 'committed' ? stable : high);
    if (track.isAtEnd) track.behindSince = undefined;
    else track.behindSince ??= clock.now();
    return track.behindSince !== undefined && clock.now() - track.behindSince >= restartMs;
  }
}
