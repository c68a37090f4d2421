import { crc32 } from 'node:zlib';
import type { Attempt } from '../../attempts/index.js';
import { type Codec, decodeBytes } from '../../codecs/index.js';
import type { JoinType } from '../../definitions/index.js';
import type { BatchEvent } from '../../streams/index.js';
import type { GroupTables, ShardedTable } from '../group-tables.js';
import { type Feeds, LocalShards } from '../local-shards.js';
import type { Shard } from '../shard.js';
import type { TableFormat } from '../table-format.js';
import type { Effect } from '../table-writes.js';
import { type Arrived, JoinBuffer } from './join-buffer.js';
import type { JoinFormat } from './join-format.js';
import type { Side, Waiters, Waiting } from './waiters.js';
import { WaitingEvents } from './waiting-events.js';

export interface StreamJoinParts {
  /** Also what stands in the place of a topic for events without a counterpart. */
  readonly name: string;
  readonly changelog: string;
  readonly format: JoinFormat;
  readonly type: JoinType;
  /** How much earlier and later a right event may be than a left one, in milliseconds. */
  readonly within: { readonly before: number; readonly after: number };
  readonly graceMs: number;
  readonly combine: (left: unknown, right: unknown) => unknown;
  readonly valueCodecs: Readonly<Record<Side, Codec<unknown>>>;
}

/** A pair of events, or one of them alone. */
export interface Pair {
  readonly value: unknown;
  readonly left: unknown;
  readonly right: unknown;
  /** The later of both times, in milliseconds since 1970. */
  readonly time: number;
}

const nothing = Buffer.alloc(0);
const other: Readonly<Record<Side, Side>> = { left: 'right', right: 'left' };

/** A join of two sources in one worker: keeps the events of both until their time is over, and finds for each those that it belongs to. */
export class StreamJoin implements ShardedTable {
  readonly goesByWatermark = true;
  readonly #parts: StreamJoinParts;
  readonly #local: LocalShards;
  readonly #buffers = new WeakMap<Shard, JoinBuffer>();
  /** The CRCs of topics. */
  readonly #crcs = new Map<string, number>();

  constructor(parts: StreamJoinParts) {
    this.#parts = parts;
    this.#local = new LocalShards({ name: parts.name, placement: 'key' });
  }

  get changelog(): string {
    return this.#parts.changelog;
  }

  get format(): TableFormat {
    return this.#parts.format.format;
  }

  connect(feeds: Feeds): void {
    this.#local.connect(feeds);
  }

  async recovered(shard: Shard): Promise<void> {
    const { format, within, type } = this.#parts;
    const buffer = new JoinBuffer({
      ...{ shard, format },
      waits: { left: within.after, right: within.before },
      isResult: (side) => type === 'outer' || (type === 'left' && side === 'left'),
    });
    await buffer.recover();
    this.#buffers.set(shard, buffer);
  }

  open(group: GroupTables, shard: Shard): void {
    this.#local.open(group, shard);
  }

  close(group: GroupTables): void {
    this.#local.close(group);
  }

  derives(group: GroupTables, shard: Shard): readonly WaitingEvents[] {
    const { name: topic, format, graceMs } = this.#parts;
    const { watermark } = group;
    const buffer = this.#buffers.get(shard);
    if (watermark === undefined || buffer === undefined) return [];
    const waiting = new WaitingEvents({
      ...{ topic, shard, format, buffer, watermark, graceMs, isRead: true },
      writesOf: (attempt: Attempt) => group.writesOf(attempt),
      alone: (side, value) => this.#combined(side, this.#decoded(side, value), undefined),
      about: (side, value) => ({ left: undefined, right: undefined, [side]: this.#decoded(side, value) }),
    });
    return [waiting];
  }

  /**
   * An event of a side has come: it is kept for later ones. Events of one attempt are of one side, and no counterparts of each other.
   * @returns the pairs that it makes with those that are there, in the order of their times
   */
  take(side: Side, event: BatchEvent): Pair[] {
    const { key, value } = event;
    const attempt = this.#local.writing();
    const { group, shard } = this.#local.partOf(attempt);
    const buffer = this.#buffers.get(shard);
    if (buffer === undefined || key === null || value === null) return [];
    const { format, graceMs, within } = this.#parts;
    const { time } = event;
    const { watermark } = group;
    if (watermark !== undefined && time < watermark.bound - graceMs && time < watermark.now - graceMs) {
      group.late({ table: this.#parts.name, partition: shard.changelog.partition, key, time, window: { start: time, end: time + 1 } });
      return [];
    }
    const cellKey = format.keys.cellKey(key);
    const bytes = event.batch.value(event.index) ?? nothing;
    format.mustFit(cellKey, bytes);
    this.#local.mustBelong(key, shard.changelog.partition);
    const writes = group.writesOf(attempt);
    const waiters = buffer.waitersOf(cellKey);
    writes.alone(waiters);
    const [from, to] = side === 'left' ? [time - within.before, time + within.after] : [time - within.after, time + within.before];
    const pairs: Pair[] = [];
    for (const counterpart of waiters.between(other[side], from, to)) {
      const found = buffer.valueOf(counterpart);
      if (found === undefined) continue;
      if (buffer.isResult(counterpart)) writes.also(new Meeting(buffer, counterpart));
      pairs.push(this.#pair(side, event, counterpart, found));
    }
    writes.also(new Arrival(buffer, waiters, side, time, this.#crcOf(event.topic), event.offset, bytes, pairs.length > 0));
    return pairs;
  }

  #pair(side: Side, { value, time }: BatchEvent, counterpart: Waiting, found: Buffer): Pair {
    const value2 = this.#decoded(counterpart.side, found);
    const [left, right] = side === 'left' ? [value, value2] : [value2, value];
    return { value: this.#combined('left', left, right), left, right, time: Math.max(time, counterpart.time) };
  }

  #crcOf(topic: string): number {
    const known = this.#crcs.get(topic);
    if (known !== undefined) return known;
    const made = crc32(topic) | 0;
    this.#crcs.set(topic, made);
    return made;
  }

  #decoded(side: Side, value: Buffer): unknown {
    return decodeBytes(this.#parts.valueCodecs[side], Buffer.from(value));
  }

  #combined(side: Side, one: unknown, counterpart: unknown): unknown {
    return side === 'left' ? this.#parts.combine(one, counterpart) : this.#parts.combine(counterpart, one);
  }
}

/** An event waits once its attempt has succeeded. */
class Arrival implements Effect, Arrived {
  constructor(
    private readonly buffer: JoinBuffer,
    readonly waiters: Waiters,
    readonly side: Side,
    readonly time: number,
    readonly topic: number,
    readonly offset: number,
    readonly value: Buffer,
    readonly isMatched: boolean,
  ) {}

  apply(): void {
    this.buffer.arrive(this);
  }
}

/** One that waits has a counterpart. */
class Meeting implements Effect {
  constructor(
    private readonly buffer: JoinBuffer,
    private readonly event: Waiting,
  ) {}

  apply(): void {
    this.buffer.meet(this.event);
  }
}
