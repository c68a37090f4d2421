import type { Batch } from '../../transport/index.js';
import type { GroupTime } from '../expiry/group-time.js';
import { Retention, type RetentionParts } from '../retention.js';
import type { Shard } from '../shard.js';
import { type Changelog, unusable } from './start-position.js';
import type { StoredGroup } from './stored-group.js';

/** From where a log is followed, and what is known of it. */
interface Following {
  readonly from: number | 'earliest';
  readonly changelog: Changelog;
  readonly askedAt: number;
  readonly isOfOthers: boolean;
}

/** Read beyond this share of what is stored, keys are counted at the end. */
const muchShare = 1 / 8;
const muchMin = 1_000;

/** What the shards of a group are recovered with. */
export interface ShardRecoveryParts extends Omit<RetentionParts, 'changed'> {
  /** The number of the group. */
  readonly number: number;
  /** Ends the worker: a log cannot be read any more. */
  readonly fail: (error: Error) => void;
  /** Missing where everything is in memory. */
  readonly group: StoredGroup | undefined;
  /** Where entries of any of its tables expire. */
  readonly time: GroupTime | undefined;
  readonly isClosed: () => boolean;
  /** Stores what was read, behind everything else. */
  readonly settleSoon: () => void;
  /** Undefined where memory has room for more; else resolves when it has. */
  readonly whenRoom: () => Promise<void> | undefined;
}

/** Brings shards to what their changelogs have, from where their store has them. */
export class ShardRecovery {
  readonly #parts: ShardRecoveryParts;

  constructor(parts: ShardRecoveryParts) {
    this.#parts = parts;
  }

  /** @param follows whose writes are followed, once what is decided has been read @returns how many entries were read */
  async recover(
    shard: Shard,
    follows: 'others' | 'owner' | undefined,
    changelog: Changelog,
    askedAt: number,
    signal: AbortSignal,
  ): Promise<number> {
    const isOfOthers = follows === 'others';
    const from = await this.#startOf(shard, changelog, askedAt, isOfOthers);
    signal.throwIfAborted();
    if (follows !== undefined) return this.#follow(shard, { from, changelog, askedAt, isOfOthers }, signal);
    const to = changelog.ends.high;
    const isBehind = from === 'earliest' ? to > 0 : from < to;
    const take = (batch: Batch) => this.#take(shard, batch);
    const entries = isBehind ? await this.#parts.recovery.read({ ...shard.changelog, from, to, take }, signal) : 0;
    await this.#hasAll(shard, to, askedAt);
    return entries;
  }

  /** A shard has all that was there when it was asked. */
  async #hasAll(shard: Shard, to: number, askedAt: number): Promise<void> {
    const { stored } = shard;
    const { group, time } = this.#parts;
    if (stored !== undefined) {
      stored.position = Math.max(stored.position, to);
      stored.seenAt = askedAt;
      stored.time = time?.closed;
    }
    await shard.restored(async () => {
      await group?.settle([shard]);
      return stored === undefined ? 0 : ((await group?.count(stored)) ?? 0);
    });
  }

  /** Resolves when the shard has what was there when it was asked. What comes later is taken in as it comes. */
  async #follow(shard: Shard, { from, changelog: { ends }, askedAt, isOfOthers }: Following, signal: AbortSignal): Promise<number> {
    const { recovery, clock, fail, settleSoon } = this.#parts;
    /** What comes while keys are counted waits. */
    let counted: Promise<void> | undefined;
    let retention: Retention | undefined;
    const take = async (batch: Batch) => {
      await counted;
      retention?.note(batch);
      // Others say what time they like.
      const seenBefore = isOfOthers ? shard.stored?.seenAt : undefined;
      await this.#take(shard, batch, counted === undefined ? seenBefore : clock.now());
      if (counted !== undefined) settleSoon();
    };
    const to = ends.stable;
    const entries = await recovery.follow({ ...shard.changelog, from, to, take, failed: (error) => fail(error) }, signal);
    counted = this.#hasAll(shard, to, askedAt);
    await counted;
    if (isOfOthers) retention = new Retention(shard, ends.low, signal, { ...this.#parts, changed: settleSoon });
    return entries;
  }

  /** Where its changelog is read from. What is stored is forgotten where that does not go on from it. */
  async #startOf(shard: Shard, changelog: Changelog, now: number, isOfOthers: boolean): Promise<number | 'earliest'> {
    const { stored } = shard;
    if (stored === undefined) return 'earliest';
    const { note } = stored;
    stored.topicId = changelog.topicId;
    if (isOfOthers) stored.low = changelog.ends.low;
    const why = note === undefined ? undefined : unusable(note, changelog, now, isOfOthers);
    if (why !== undefined)
      this.#parts.logger.warn(`table ${stored.name} is read anew from ${shard.changelog.topic} ${this.#parts.number}: ${why}`);
    if (note === undefined || why !== undefined) {
      await this.#parts.group?.clear(stored);
      shard.restores(0, true);
      return 'earliest';
    }
    const { position, seenAt, size, time } = note;
    if (time !== undefined) this.#parts.time?.restore(time);
    stored.position = position;
    stored.seenAt = seenAt;
    shard.restores(size, changelog.ends.high - position > Math.max(muchMin, size * muchShare));
    return position;
  }

  /** @param seenAt when it had all there was before. Of an own changelog the time of the entry: keys that were deleted later may not be known as such long */
  #take(shard: Shard, batch: Batch, seenAt = Math.max(0, batch.timestamp(batch.length - 1))): void | Promise<void> {
    const { isClosed, time, whenRoom } = this.#parts;
    if (isClosed() || batch.length === 0) return;
    shard.restore(batch);
    const { stored } = shard;
    if (stored === undefined) return;
    stored.position = batch.offset(batch.length - 1) + 1;
    stored.seenAt = seenAt;
    stored.time = time?.closed;
    return whenRoom();
  }
}
