import type { Attempt } from '../../attempts/index.js';
import { type Codec, decodeBytes } from '../../codecs/index.js';
import type { JoinType } from '../../definitions/index.js';
import type { BatchEvent } from '../../streams/index.js';
import { type Cell, Encoded } from '../cell.js';
import type { ShardEvents } from '../derived/shard-events.js';
import { eachCellKey } from '../entries.js';
import type { GroupTables, ShardedTable } from '../group-tables.js';
import { type Feeds, Places } from '../places.js';
import type { Shard } from '../shard.js';
import type { TableFormat } from '../table-format.js';
import type { TableWrites } from '../table-writes.js';
import { type JoinKeys, readWaiting, type Side, writeWaiting } from './join-keys.js';
import { WaitingEvents } from './waiting-events.js';

export interface StreamJoinParts {
  /** Also what stands in the place of a topic for events without a counterpart. */
  readonly name: string;
  readonly changelog: string;
  readonly keys: JoinKeys;
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

const other: Readonly<Record<Side, Side>> = { left: 'right', right: 'left' };

/** A join of two sources in one worker: keeps the events of both until their time is over, and finds for each those that it belongs to. */
export class StreamJoin implements ShardedTable {
  readonly goesByWatermark = true;
  readonly #parts: StreamJoinParts;
  readonly #places: Places;
  readonly #recovered = new WeakMap<Shard, string[]>();
  readonly #waiting = new WeakMap<Shard, WaitingEvents>();

  constructor(parts: StreamJoinParts) {
    this.#parts = parts;
    this.#places = new Places({ name: parts.name, placement: 'key' });
  }

  get changelog(): string {
    return this.#parts.changelog;
  }

  get format(): TableFormat {
    return this.#parts.keys.format;
  }

  connect(feeds: Feeds): void {
    this.#places.connect(feeds);
  }

  async recovered(shard: Shard): Promise<void> {
    const found: string[] = [];
    await eachCellKey(shard, (cellKey) => found.push(cellKey));
    this.#recovered.set(shard, found);
  }

  open(group: GroupTables, shard: Shard): void {
    this.#places.open(group, shard);
  }

  close(group: GroupTables): void {
    this.#places.close(group);
  }

  derives(group: GroupTables, shard: Shard): readonly ShardEvents[] {
    const { name: topic, keys, graceMs, within, type } = this.#parts;
    const { watermark } = group;
    if (watermark === undefined) return [];
    const waiting = new WaitingEvents({
      ...{ topic, shard, keys, watermark, graceMs, isRead: true },
      writesOf: (attempt: Attempt) => group.writesOf(attempt),
      waits: { left: within.after, right: within.before },
      isResult: (side) => type === 'outer' || (type === 'left' && side === 'left'),
      alone: (side, value) => this.#combined(side, this.#decoded(side, value), undefined),
      about: (side, value) => ({ left: undefined, right: undefined, [side]: this.#decoded(side, value) }),
    });
    this.#waiting.set(shard, waiting);
    for (const cellKey of this.#recovered.get(shard) ?? []) waiting.note(cellKey);
    this.#recovered.delete(shard);
    return [waiting];
  }

  /** An event of a side has come: it is kept for later ones. @returns the pairs that it makes with those that are there, in the order of their times */
  take(side: Side, event: BatchEvent): Pair[] {
    const { key, value } = event;
    const attempt = this.#places.writing();
    const { group, shard } = this.#places.partOf(attempt);
    const waiting = this.#waiting.get(shard);
    if (waiting === undefined || key === null || value === null) return [];
    const { keys, graceMs, within } = this.#parts;
    const { time } = event;
    const { watermark } = group;
    if (watermark !== undefined && time < watermark.bound - graceMs && time < watermark.now - graceMs) {
      group.late({ table: this.#parts.name, partition: shard.changelog.partition, key, time, window: { start: time, end: time + 1 } });
      return [];
    }
    const prefix = keys.prefixOf(key);
    this.#places.mustBelong(key, shard.changelog.partition);
    const writes = group.writesOf(attempt);
    writes.alone(waiting.witnessOf(prefix));
    const [from, to] = side === 'left' ? [time - within.before, time + within.after] : [time - within.after, time + within.before];
    const pairs: Pair[] = [];
    for (const cellKey of waiting.between(other[side], prefix, from, to)) {
      const found = this.#meet(writes, shard, cellKey);
      if (found === undefined) continue;
      const value2 = this.#decoded(other[side], found);
      const [left, right] = side === 'left' ? [value, value2] : [value2, value];
      pairs.push({ value: this.#combined('left', left, right), left, right, time: Math.max(time, keys.timeOf(cellKey)) });
    }
    const cellKey = keys.cellKey(prefix, side, time, event);
    const isNew = waiting.add(cellKey, prefix, side, time);
    this.#keep(writes, shard, isNew ? shard.newCell(cellKey) : shard.cell(cellKey), event, pairs.length > 0);
    return pairs;
  }

  /** The value of one that waits, which has a counterpart from now on. */
  #meet(writes: TableWrites, shard: Shard, cellKey: string): Buffer | undefined {
    const cell = shard.cell(cellKey);
    const bytes = writes.bytes(shard, cell);
    if (bytes === undefined) return undefined;
    const { isMatched, value } = readWaiting(bytes);
    if (!isMatched && this.#parts.type !== 'inner') writes.write(shard, cell, new Encoded(writeWaiting({ isMatched: true, value })));
    return value;
  }

  #keep(writes: TableWrites, shard: Shard, cell: Cell, { batch, index }: BatchEvent, isMatched: boolean): void {
    const value = batch.value(index) ?? Buffer.alloc(0);
    writes.write(shard, cell, new Encoded(writeWaiting({ isMatched, value })));
  }

  #decoded(side: Side, value: Buffer): unknown {
    return decodeBytes(this.#parts.valueCodecs[side], Buffer.from(value));
  }

  #combined(side: Side, one: unknown, counterpart: unknown): unknown {
    return side === 'left' ? this.#parts.combine(one, counterpart) : this.#parts.combine(counterpart, one);
  }
}
