import type { Attempt } from '../../attempts/index.js';
import { type Clock, type Duration, durationMs } from '../../time/index.js';
import type { ShardEvents } from '../derived/shard-events.js';
import { eachCellKey } from '../entries.js';
import type { GroupTables, ShardedTable } from '../group-tables.js';
import { type Feeds, LocalShards } from '../local-shards.js';
import type { Shard } from '../shard.js';
import type { TableFormat } from '../table-format.js';
import { DueEvents } from './due-events.js';
import type { Scheduled } from './schedule-format.js';

/**
 * Durable timers, one for each key, injected with `@Inject(definition)`. They go by the clock of the worker. Setting and cancelling belong to the attempt of the
 * event, as the writes of a `Table` do.
 */
export interface Schedule<K = unknown, V = unknown> {
  readonly name: string;
  /** Sets the timer of a key, in the place of one that it has. @param time milliseconds since 1970, or a Date; one that is over is due at once */
  at(time: number | Date, key: K, value: V): void;
  /** The same, so long from now. */
  after(duration: Duration, key: K, value: V): void;
  /** @returns whether there was one */
  cancel(key: K): boolean;
  get(key: K): { readonly due: number; readonly value: V } | undefined;
}

export interface ScheduleParts {
  readonly name: string;
  readonly changelog: string;
  readonly format: TableFormat;
  readonly placement: 'key' | 'event';
  readonly clock: Clock;
  /** Whether an agent handles what is due. */
  readonly isRead: boolean;
}

/** The timers of a worker: finds the shard and the attempt. */
export class BoundSchedule implements Schedule, ShardedTable {
  readonly #parts: ScheduleParts;
  readonly #local: LocalShards;
  readonly #due = new WeakMap<Shard, DueEvents>();
  readonly #recovered = new WeakMap<Shard, string[]>();

  constructor(parts: ScheduleParts) {
    this.#parts = parts;
    this.#local = new LocalShards({ name: parts.name, placement: parts.placement });
  }

  get name(): string {
    return this.#parts.name;
  }

  get changelog(): string {
    return this.#parts.changelog;
  }

  get format(): TableFormat {
    return this.#parts.format;
  }

  connect(feeds: Feeds): void {
    this.#local.connect(feeds);
  }

  async recovered(shard: Shard): Promise<void> {
    const found: string[] = [];
    await eachCellKey(shard, (cellKey) => found.push(cellKey));
    this.#recovered.set(shard, found);
  }

  open(group: GroupTables, shard: Shard): void {
    this.#local.open(group, shard);
  }

  close(group: GroupTables): void {
    this.#local.close(group);
  }

  derives(group: GroupTables, shard: Shard): readonly ShardEvents[] {
    const { name: topic, isRead, clock } = this.#parts;
    const due = new DueEvents({ topic, isRead, clock, shard, writesOf: (attempt: Attempt) => group.writesOf(attempt) });
    this.#due.set(shard, due);
    for (const cellKey of this.#recovered.get(shard) ?? []) {
      const cell = shard.find(cellKey);
      const time = cell && due.dueOf(cell);
      if (time !== undefined) due.note(cellKey, time);
    }
    this.#recovered.delete(shard);
    return [due];
  }

  at(time: number | Date, key: unknown, value: unknown): void {
    const attempt = this.#local.writing();
    const { group, shard } = this.#local.partOf(attempt);
    const cellKey = this.format.cellKey(key);
    this.#mustBelong(shard, cellKey, key);
    const due = Math.floor(Number(time));
    group.writesOf(attempt).write(shard, shard.cell(cellKey), { due, value });
    this.#due.get(shard)?.note(cellKey, due);
  }

  after(duration: Duration, key: unknown, value: unknown): void {
    this.at(this.#parts.clock.now() + durationMs(duration, 'duration'), key, value);
  }

  cancel(key: unknown): boolean {
    const attempt = this.#local.writing();
    const { group, shard } = this.#local.partOf(attempt);
    const cellKey = this.format.cellKey(key);
    this.#mustBelong(shard, cellKey, key);
    const cell = shard.cell(cellKey);
    const writes = group.writesOf(attempt);
    const wasThere = writes.read(shard, cell) !== undefined;
    if (wasThere) writes.write(shard, cell, undefined);
    return wasThere;
  }

  #mustBelong(shard: Shard, cellKey: string, key: unknown): void {
    if (this.#parts.placement === 'key' && shard.known(cellKey) === undefined) this.#local.mustBelong(key, shard.changelog.partition);
  }

  get(key: unknown): Scheduled | undefined {
    const attempt = this.#local.reading();
    const cellKey = this.format.cellKey(key);
    if (attempt === undefined) return this.#local.shardOf(key).valueUnder(cellKey) as Scheduled | undefined;
    const { group, shard } = this.#local.partOf(attempt);
    return group.writesOf(attempt).read(shard, shard.cell(cellKey)) as Scheduled | undefined;
  }
}
