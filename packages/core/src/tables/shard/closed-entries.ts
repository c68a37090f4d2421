import type { ChangelogWriter } from '../../checkpoints/index.js';
import { previousHeader } from '../../definitions/index.js';
import type { Position, TopicPartition } from '../../positions/index.js';
import type { StoreBatch } from '../../stores/index.js';
import { type HeaderPair, type Payload, payloadBytes } from '../../transport/index.js';
import type { Cell } from '../cell.js';
import type { Expiry } from '../expiry/expiry.js';
import { timeEntry } from '../expiry/time-entry.js';
import type { HotKeys } from '../hot/hot-keys.js';
import { Slices } from '../slices.js';
import type { StoredTable } from '../stored/stored-table.js';
import { previousBytesMax, type TableFormat } from '../table-format.js';

export interface ClosedEntriesOptions {
  readonly changelog: TopicPartition;
  /** Missing where the shard has everything in memory. */
  readonly stored: StoredTable | undefined;
  readonly expiry: Expiry | undefined;
  /** Counts which keys are written. */
  readonly hot: Pick<HotKeys, 'written'> | undefined;
  /** Whether entries say what a key had before. */
  readonly tellsPrevious: boolean;
  /** A key and its value as they are written. @throws StateError for a value that cannot be written */
  readonly entry: (key: string, value: unknown) => ReturnType<TableFormat['entry']>;
}

/** The closed generation as entries: the changelog is given them, and then the store the same. */
export class ClosedEntries {
  readonly #options: ClosedEntriesOptions;
  /** What the changelog was given, cell by cell; nothing where there is no store. */
  #written: Payload[] = [];
  /** Where the last of it is written. */
  #last: Promise<Position> | undefined;

  constructor(options: ClosedEntriesOptions) {
    this.#options = options;
  }

  /** Appends them to the changelog, and gives the thread back in between. @throws StateError for a value that cannot be written */
  async write(closed: readonly Cell[], changelog: ChangelogWriter): Promise<void> {
    const { expiry, hot, stored, tellsPrevious, entry } = this.#options;
    const { topic, partition } = this.#options.changelog;
    const slices = new Slices();
    this.forget();
    for (const [index, cell] of closed.entries()) {
      const [key, value] = entry(cell.key, cell.closed);
      const isLast = index === closed.length - 1;
      const timestamp = expiry === undefined ? undefined : cell.closedTime;
      const headers = tellsPrevious ? this.#previous(cell) : undefined;
      if (isLast && stored !== undefined) this.#last = changelog.send({ topic, key, value, partition, timestamp, headers });
      else changelog.append(topic, key, value, partition, timestamp, headers);
      if (stored !== undefined) this.#written.push(value);
      cell.givenBytes = payloadBytes(value);
      hot?.written(cell.key);
      if (changelog.isFull) await changelog.drained();
      if (!slices.isOver()) continue;
      changelog.handOver();
      await slices.next();
    }
    if (expiry?.time.closedHasMoved === true) this.#writeTime(changelog, expiry.time.closed);
  }

  /** Stages what was written, which is committed, and notes how far it goes. @returns how many keys there are more than before */
  async stage(closed: readonly Cell[], batch: StoreBatch): Promise<number> {
    const { expiry, stored } = this.#options;
    const slices = new Slices();
    let change = 0;
    stored?.index?.stageSettled(batch);
    for (const [index, cell] of closed.entries()) {
      const formerly = cell.committed === undefined ? undefined : cell.committedTime;
      stored?.stage(batch, cell.key, this.#written[index], cell.closedTime, formerly);
      change += Number(cell.closed !== undefined) - Number(cell.committed !== undefined);
      if (slices.isOver()) await slices.next();
    }
    const last = await this.#last;
    if (last !== undefined && stored !== undefined) stored.position = last.offset + 1;
    if (stored !== undefined) stored.time = expiry?.time.closed;
    return change;
  }

  /** Bytes of what was written of a cell, where there is a store. */
  sizeOf(index: number): number {
    return payloadBytes(this.#written[index]);
  }

  forget(): void {
    this.#written = [];
    this.#last = undefined;
  }

  #writeTime(changelog: ChangelogWriter, time: number): void {
    const entry = timeEntry(this.#options.changelog, time);
    if (this.#options.stored !== undefined) this.#last = changelog.send(entry);
    else changelog.append(entry.topic, entry.key, entry.value, entry.partition, undefined, entry.headers);
  }

  /** What a key had at the last checkpoint, where that is not too much. */
  #previous({ key, committed }: Cell): readonly HeaderPair[] | undefined {
    if (committed === undefined) return undefined;
    const payload = this.#options.entry(key, committed)[1];
    if (payload === null || payloadBytes(payload) > previousBytesMax) return undefined;
    return [[previousHeader, typeof payload === 'string' ? Buffer.from(payload) : Buffer.from(payload)]];
  }
}
