import type { Logger } from 'pino';
import {
  isJoin,
  isSetTable,
  isWindowedTable,
  isWritten,
  keyCodecOf,
  type LoggedDefinition,
  logTopic,
  placementOf,
  type Schema,
  type SetTableDefinition,
  type WindowedTableDefinition,
} from '../../definitions/index.js';
import { Observers } from '../../observers/index.js';
import { Recovery } from '../../recovery/index.js';
import type { StoreRange } from '../../stores/index.js';
import { timeHeader } from '../../streams/index.js';
import { formatOf, prefixIn, rangeOfPrefix, setKeysOf, type TableFormat, timeIn, waitingIn, windowKeysOf } from '../../tables/index.js';
import type { Clock } from '../../time/index.js';
import { encode, Topics } from '../../topics/index.js';
import type { TableUse } from '../../topology/index.js';
import { askAdmin, type Batch, partitionFor, type Transport } from '../../transport/index.js';

export interface StoredTablesParts {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The consumer group of the app: changelogs begin with its name. */
  readonly group: string;
  /** How values of topics that do not say are written. @default 'json' */
  readonly codec?: Schema;
}

/** What the topic of a table holds. */
export interface StoredTable {
  /** Its changelog, or the topic that it is the view of. */
  readonly topic: string;
  /** Undefined where the topic does not exist. */
  readonly partitions: number | undefined;
  /** Of a join how many events wait. */
  readonly keys: number;
  /** Of the keys that are there and their values. */
  readonly bytes: number;
}

/** A table, and what feeds it. */
export type ReadTable = Pick<TableUse, 'topics'> & { readonly definition: LoggedDefinition };

/** An entry as the topic has it; of a table of sets the value is one element. */
export interface StoredEntry extends StoredValue {
  readonly key: unknown;
}

/** A value as the topic has it. */
export interface StoredValue {
  readonly value: unknown;
  readonly partition: number;
}

/** An entry of a topic, as far as it counts. */
interface Measured {
  readonly keys: number;
  readonly bytes: number;
  readonly time: number;
}

/**
 * Tables of an app as their changelogs have them, or the topics that they are views of; for tools: read without a group, and only what is committed. It waits for transactions that were open when it
 * began. To be closed before the transport.
 */
export class StoredTables {
  readonly #parts: StoredTablesParts;
  readonly #recovery: Recovery;
  readonly #topics: Topics;
  readonly #signal = new AbortController().signal;

  constructor(parts: StoredTablesParts) {
    this.#parts = parts;
    this.#topics = new Topics(parts.codec, parts.clock);
    this.#recovery = new Recovery({ ...parts, observers: new Observers([], parts.logger) });
  }

  /** Reads the whole topic of a table. */
  async measure(definition: LoggedDefinition): Promise<StoredTable> {
    const topic = logTopic(this.#parts.group, definition);
    const format = formatOf(definition, this.#topics);
    const partitions = await this.#partitionsOf(topic);
    const keysIn = isJoin(definition) ? (block: Buffer) => waitingIn([block]) : undefined;
    let [keys, bytes] = [0, 0];
    for (let partition = 0; partition < (partitions ?? 0); partition++) {
      for (const entry of (await this.#entries(topic, partition, format, keysIn)).values()) {
        keys += entry.keys;
        bytes += entry.bytes;
      }
    }
    return { topic, partitions, keys, bytes };
  }

  /** @param keysIn how many keys an entry stands for */
  async #entries(
    topic: string,
    partition: number,
    format: TableFormat,
    keysIn: (value: Buffer) => number = () => 1,
  ): Promise<Map<string, Measured>> {
    const found = new Map<string, Measured>();
    const now = await this.#read(topic, partition, (batch, index) => {
      const key = format.cellKeyAt(batch, index);
      if (key === undefined) return;
      const value = batch.value(index);
      if (value === null) found.delete(key);
      else found.set(key, { bytes: format.keyBytes(key).length + value.length, keys: keysIn(value), time: batch.timestamp(index) });
    });
    return new Map([...found].filter(([, { time }]) => !isGone(format, time, now)));
  }

  /**
   * Reads the partition in which a key lives; with `placement: 'event'` each, until one has it.
   * @returns undefined where the key is not there
   * @throws CodecError for a key that cannot be encoded; StateError for a value that cannot be decoded
   */
  async get(use: ReadTable, key: unknown): Promise<StoredValue | undefined> {
    const { definition } = use;
    const topic = logTopic(this.#parts.group, definition);
    if (isSetTable(definition)) return this.#elements(use, definition, key);
    if (isWindowedTable(definition)) return this.#windows(use, definition, key);
    const format = formatOf(definition, this.#topics);
    const cellKey = format.cellKey(key);
    for (const partition of partitionsOfKey(use, key, (await this.#partitionsOf(topic)) ?? 0)) {
      const bytes = await this.#last(topic, partition, format, cellKey);
      if (bytes !== null) return { value: format.value(bytes, cellKey), partition };
    }
    return undefined;
  }

  /**
   * The entries whose keys lie in a range, of one partition after another, each in the order of the bytes of its keys.
   * @throws StateError for a value that cannot be decoded
   */
  async *scan({ definition }: ReadTable, range: StoreRange): AsyncGenerator<StoredEntry> {
    const topic = logTopic(this.#parts.group, definition);
    const format = formatOf(definition, this.#topics);
    const read = entryReader(definition, format);
    const partitions = (await this.#partitionsOf(topic)) ?? 0;
    for (let partition = 0; partition < partitions; partition++) {
      for (const [cellKey, bytes] of await this.#inRange(topic, partition, format, range)) {
        const entry = read(cellKey, bytes);
        if (entry !== undefined) yield { ...entry, partition };
      }
    }
  }

  async #inRange(topic: string, partition: number, format: TableFormat, { from, to }: StoreRange): Promise<[string, Buffer][]> {
    const found = new Map<string, { readonly key: Buffer; readonly value: Buffer; readonly time: number }>();
    const now = await this.#read(topic, partition, (batch, index) => {
      const key = batch.key(index);
      if (key === null || (from !== undefined && Buffer.compare(key, from) < 0) || (to !== undefined && Buffer.compare(key, to) >= 0))
        return;
      const value = batch.value(index);
      if (value === null) found.delete(format.cellKeyOf(key));
      else found.set(format.cellKeyOf(key), { key: Buffer.from(key), value: Buffer.from(value), time: batch.timestamp(index) });
    });
    const there = [...found].filter(([, { time }]) => !isGone(format, time, now));
    return there.sort(([, one], [, other]) => Buffer.compare(one.key, other.key)).map(([cellKey, { value }]) => [cellKey, value]);
  }

  /** The partition in which a key lives; 0 where that cannot be told. */
  async partitionOf(use: ReadTable, key: unknown): Promise<number> {
    const topic = logTopic(this.#parts.group, use.definition);
    return partitionsOfKey(use, key, (await this.#partitionsOf(topic)) ?? 0)[0] ?? 0;
  }

  /** The windows of a key, in the order of their starts. */
  async #windows(use: ReadTable, definition: WindowedTableDefinition, key: unknown): Promise<StoredValue | undefined> {
    const keys = windowKeysOf(definition);
    const prefix = keys.prefixOf(key);
    const topic = logTopic(this.#parts.group, definition);
    const from = Buffer.from(prefix, 'latin1');
    for (const partition of partitionsOfKey(use, key, (await this.#partitionsOf(topic)) ?? 0)) {
      const all = await this.#inRange(topic, partition, keys.format, rangeOfPrefix(from));
      const found = all.filter(([cellKey]) => !keys.isLate(cellKey) && keys.prefixIn(cellKey) === prefix);
      if (found.length === 0) continue;
      const value = found.map(([cellKey, bytes]) => ({
        ...keys.windowOf(cellKey),
        isClosed: keys.isKept(cellKey),
        value: keys.format.value(bytes, cellKey),
      }));
      return { value, partition };
    }
    return undefined;
  }

  /** The elements of a set. */
  async #elements(use: ReadTable, definition: SetTableDefinition, key: unknown): Promise<StoredValue | undefined> {
    const keys = setKeysOf(definition);
    const prefix = keys.prefixOf(key);
    const topic = logTopic(this.#parts.group, definition);
    const [partition] = partitionsOfKey(use, key, (await this.#partitionsOf(topic)) ?? 0);
    if (partition === undefined) return undefined;
    const found = [...(await this.#entries(topic, partition, keys.format)).keys()].filter((each) => prefixIn(each) === prefix);
    return found.length === 0 ? undefined : { value: found.map((each) => keys.elementOf(each)), partition };
  }

  async #last(topic: string, partition: number, format: TableFormat, cellKey: string): Promise<Buffer | null> {
    const key = format.keyBytes(cellKey);
    let last: Buffer | null = null;
    let time = 0;
    const now = await this.#read(topic, partition, (batch, index) => {
      if (batch.key(index)?.equals(key) !== true) return;
      last = batch.value(index);
      time = batch.timestamp(index);
    });
    return isGone(format, time, now) ? null : last;
  }

  /** @returns how far the event time of the partition had come, where entries expire */
  async #read(topic: string, partition: number, take: (batch: Batch, index: number) => void): Promise<number> {
    const at = { topic, partition };
    const [{ high }] = await this.#recovery.ends([at], this.#signal);
    let now = 0;
    if (high === 0) return now;
    const takeAll = (batch: Batch) => {
      for (let index = 0; index < batch.length; index++) {
        if (batch.hasHeader(index, timeHeader)) now = Math.max(now, timeIn(batch.headers(index)) ?? 0);
        else take(batch, index);
      }
    };
    await this.#recovery.read({ ...at, from: 'earliest', to: high, take: takeAll }, this.#signal);
    return now;
  }

  async #partitionsOf(topic: string): Promise<number | undefined> {
    const [found] = await askAdmin(this.#parts.transport, (admin) => admin.describe([topic]));
    return found?.partitions;
  }

  close(): Promise<void> {
    return this.#recovery.close();
  }
}

/** What an entry of a changelog says of a table; undefined for one that is none of its entries. */
function entryReader(
  definition: LoggedDefinition,
  format: TableFormat,
): (cellKey: string, bytes: Buffer) => Omit<StoredEntry, 'partition'> | undefined {
  if (isSetTable(definition)) {
    const keys = setKeysOf(definition);
    return (cellKey) => ({ key: keys.keyOf(prefixIn(cellKey)), value: keys.elementOf(cellKey) });
  }
  const windows = isWindowedTable(definition) ? windowKeysOf(definition) : undefined;
  return (cellKey, bytes) =>
    windows?.isLate(cellKey) === true ? undefined : { key: format.key(cellKey), value: format.value(bytes, cellKey) };
}

/** Whether an entry has expired, though it may still stand in the changelog. */
function isGone({ ttlMs }: TableFormat, time: number, now: number): boolean {
  return ttlMs !== undefined && time + ttlMs < now;
}

/** The partitions in which a key may be. */
function partitionsOfKey({ definition, topics: [feeding] }: ReadTable, key: unknown, partitions: number): number[] {
  if (partitions === 0) return [];
  // Others place keys as they like.
  if (!isWritten(definition) || placementOf(definition) === 'event') return Array.from({ length: partitions }, (_, partition) => partition);
  const { name, options } = definition;
  const codec = keyCodecOf(feeding === undefined ? options.key : (feeding.options.key ?? 'string'));
  return [partitionFor(encode(codec, key, `a key of table ${name}`) ?? '', partitions)];
}
