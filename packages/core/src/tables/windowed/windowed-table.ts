import type { Attempt } from '../../attempts/index.js';
import { codecNamed } from '../../codecs/index.js';
import { StateError } from '../../errors/index.js';
import type { KeyedWindow } from '../../streams/index.js';
import type { Clock } from '../../time/index.js';
import { newestWindowAt, overlap, type Window } from '../../windows/index.js';
import type { Cell } from '../cell.js';
import type { ShardEvents } from '../derived/shard-events.js';
import { eachCellKey } from '../entries.js';
import type { GroupTables, ShardedTable } from '../group-tables.js';
import { type Feeds, LocalShards } from '../local-shards.js';
import type { Shard } from '../shard.js';
import type { TableFormat } from '../table-format.js';
import type { TableWrites } from '../table-writes.js';
import { copyOf } from '../values.js';
import { Closings } from './closings.js';
import { LateEvents } from './late-events.js';
import { ShardWindows } from './shard-windows.js';
import type { WindowedTable, WindowView } from './table.js';
import type { WindowKeys } from './window-keys.js';
import { ownWindows, type WindowSpec } from './window-spec.js';
import { WindowUpdates } from './window-updates.js';

export interface WindowedTableParts {
  readonly name: string;
  readonly changelog: string;
  readonly keys: WindowKeys;
  readonly spec: WindowSpec;
  /** Gives what `get` gives where there is nothing. */
  readonly default: () => unknown;
  readonly placement: 'key' | 'event';
  /** Whether somebody reads its changes. */
  readonly tellsPrevious: boolean;
  readonly clock: Clock;
  /** How its closed windows stand in lists, and whether an agent handles them. */
  readonly closed: DerivedName;
  /** The same of late events. */
  readonly late: DerivedName;
  /** The same of what has become of windows every so often. */
  readonly updates: DerivedName;
}

interface DerivedName {
  readonly topic: string;
  readonly isRead: boolean;
}

/** What a windowed table keeps of a shard. */
interface Kept {
  readonly windows: ShardWindows;
  /** Late events and open windows that came out of the changelog, until there is somebody who gives them out. */
  recovered: string[];
  late?: LateEvents;
  updates?: WindowUpdates;
}

/** What an attempt sees of the windows of a key, or nobody. */
interface Seen {
  readonly shard: Shard;
  readonly windows: ShardWindows;
  readonly prefix: string;
  readonly writes: TableWrites | undefined;
}

/** The same for an attempt that may write, at a time. */
interface Writing extends Seen {
  readonly group: GroupTables;
  readonly writes: TableWrites;
  readonly key: unknown;
  readonly time: number;
}

/** A windowed table of a worker: finds the shard and the attempt, and the windows of a time. */
export class BoundWindowedTable implements WindowedTable, ShardedTable {
  readonly #parts: WindowedTableParts;
  readonly #local: LocalShards;
  readonly #kept = new WeakMap<Shard, Kept>();
  #feeds: Feeds | undefined;

  constructor(parts: WindowedTableParts) {
    this.#parts = parts;
    this.#local = new LocalShards(parts);
  }

  get name(): string {
    return this.#parts.name;
  }

  get changelog(): string {
    return this.#parts.changelog;
  }

  get format(): TableFormat {
    return this.#parts.keys.format;
  }

  readonly goesByWatermark = true;

  get tellsPrevious(): boolean {
    return this.#parts.tellsPrevious;
  }

  connect(feeds: Feeds): void {
    this.#feeds = feeds;
    this.#local.connect(feeds);
  }

  async recovered(shard: Shard): Promise<void> {
    const { windows, recovered } = this.#keptOf(shard);
    const { keys, updates } = this.#parts;
    await eachCellKey(shard, (cellKey) => {
      const isLate = keys.isLate(cellKey);
      if (!isLate) windows.note(cellKey);
      if (isLate || (updates.isRead && !keys.isKept(cellKey))) recovered.push(cellKey);
    });
  }

  open(group: GroupTables, shard: Shard): void {
    this.#local.open(group, shard);
  }

  close(group: GroupTables): void {
    this.#local.close(group);
  }

  derives(group: GroupTables, shard: Shard): readonly ShardEvents[] {
    const { keys, spec, closed, late, updates, clock } = this.#parts;
    const { watermark } = group;
    if (watermark === undefined) return [];
    const kept = this.#keptOf(shard);
    const common = { shard, keys, writesOf: (attempt: Attempt) => group.writesOf(attempt) };
    const valueCodec = (topic: string) => this.#feeds?.valueCodec(topic) ?? codecNamed('raw');
    kept.late = new LateEvents({ ...late, ...common, valueCodec });
    const { everyMs } = spec;
    if (everyMs !== undefined && updates.isRead) kept.updates = new WindowUpdates({ ...updates, ...common, clock, everyMs });
    for (const cellKey of kept.recovered)
      if (keys.isLate(cellKey)) kept.late.note(cellKey);
      else kept.updates?.recovered(cellKey);
    kept.recovered = [];
    const closings = new Closings({ ...closed, ...common, spec, windows: kept.windows, watermark, lastValues: kept.updates });
    return [...(kept.updates === undefined ? [] : [kept.updates]), closings, kept.late];
  }

  update(key: unknown, change: (old: unknown) => unknown, at?: number | Date): void {
    this.#write(key, at, (old) => change(old === undefined ? this.#parts.default() : copyOf(old)) ?? undefined);
  }

  set(key: unknown, value: unknown, at?: number | Date): void {
    this.#write(key, at, () => value ?? undefined);
  }

  delete(key: unknown, at?: number | Date): boolean {
    let wasThere = false;
    this.#write(key, at, (old) => {
      wasThere ||= old !== undefined;
      return undefined;
    });
    return wasThere;
  }

  get(key: unknown): unknown {
    return this.#read(key) ?? this.#parts.default();
  }

  has(key: unknown): boolean {
    return this.#read(key) !== undefined;
  }

  at(time: number | Date): WindowView {
    return {
      get: (key) => this.#read(key, time) ?? this.#parts.default(),
      has: (key) => this.#read(key, time) !== undefined,
    };
  }

  windows(key: unknown): [KeyedWindow, unknown][] {
    return this.range(key, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY);
  }

  range(key: unknown, from: number | Date, to: number | Date): [KeyedWindow, unknown][] {
    const seen = this.#seen(key);
    seen.writes?.scan(seen.shard);
    const found: [KeyedWindow, unknown][] = [];
    for (const window of seen.windows.windowsOf(seen.prefix, Number(from), Number(to))) {
      const value = this.#valueOf(seen, window);
      if (value !== undefined) found.push([{ key, ...window }, value]);
    }
    return found;
  }

  /** @param change gives the new value of each window that takes the event; undefined takes it out */
  #write(key: unknown, at: number | Date | undefined, change: (old: unknown) => unknown): void {
    const attempt = this.#local.writing();
    const { group, shard } = this.#local.partOf(attempt);
    const { keys, spec } = this.#parts;
    const time = at === undefined ? this.#timeOf(attempt) : Number(at);
    const windows = this.#keptOf(shard).windows;
    const writing: Writing = { group, shard, windows, writes: group.writesOf(attempt), key, prefix: keys.prefixOf(key), time };
    if (spec.grid === undefined) this.#writeSession(writing, change);
    else this.#writeGrid(writing, change);
  }

  #writeGrid(writing: Writing, change: (old: unknown) => unknown): void {
    const { group, shard, writes, time } = writing;
    const own = ownWindows(time, this.#parts.spec);
    const late = own.filter((window) => this.#isClosed(group, window));
    for (const window of own) {
      if (late.includes(window)) continue;
      const cell = this.#cell(writing, window);
      this.#put(writing, window, cell, change(writes.read(shard, cell)));
    }
    if (late.length > 0) this.#late(writing, late[late.length - 1]);
  }

  /** An event joins the sessions that it touches: they are one from then on. */
  #writeSession(writing: Writing, change: (old: unknown) => unknown): void {
    const { group, shard, windows, writes, prefix, time, key } = writing;
    const { spec } = this.#parts;
    const [own] = ownWindows(time, spec);
    writes.scan(shard);
    const touched = [...windows.windowsOf(prefix, own.start, own.end)].filter((window) => !this.#isClosed(group, window));
    const joined: { readonly window: Window; readonly cell: Cell; readonly value: unknown }[] = [];
    for (const window of touched) {
      const cell = this.#cell(writing, window);
      const value = writes.read(shard, cell);
      if (value !== undefined) joined.push({ window, cell, value });
    }
    const start = Math.min(own.start, ...joined.map(({ window }) => window.start));
    const end = Math.max(own.end, ...joined.map(({ window }) => window.end));
    const window = { start, end };
    if (this.#isClosed(group, window)) {
      this.#late(writing, window);
      return;
    }
    const [first, ...others] = joined.map(({ value }) => value);
    const merged = others.reduce((earlier, later) => spec.session?.merge(copyOf(earlier), copyOf(later), key), first);
    const changed = change(merged);
    for (const each of joined)
      if (each.window.start !== start || each.window.end !== end || changed === undefined) writes.write(shard, each.cell, undefined);
    if (changed !== undefined) this.#put(writing, window, this.#cell(writing, window), changed);
  }

  #put({ shard, windows, writes }: Writing, window: Window, cell: Cell, value: unknown): void {
    if (cell.value === undefined && value !== undefined) windows.note(cell.key, window);
    writes.write(shard, cell, value);
  }

  /** By the watermark, whether the window is still there or not. */
  #isClosed({ watermark }: GroupTables, { end }: Window): boolean {
    if (watermark === undefined) return false;
    const closes = end + this.#parts.spec.graceMs;
    return closes <= watermark.bound && closes <= watermark.now;
  }

  #late({ group, shard, key, time, prefix, writes }: Writing, window: Window): void {
    const { event } = this.#local.writing();
    if (event !== undefined) this.#keptOf(shard).late?.add(writes, prefix, window, event);
    group.late({ table: this.name, partition: shard.changelog.partition, key, time, window });
  }

  /** @throws StateError `KEY_MISPLACED` */
  #cell({ shard, prefix, key }: Writing, window: Window): Cell {
    const cellKey = this.#parts.keys.cellKey(prefix, window);
    const known = shard.known(cellKey);
    if (known !== undefined) return known;
    if (this.#parts.placement === 'key') this.#local.mustBelong(key, shard.changelog.partition);
    return shard.cell(cellKey);
  }

  /** @throws StateError `WINDOW_TIME_UNKNOWN` */
  #timeOf(attempt: Attempt): number {
    if (attempt.from !== attempt.to || attempt.time === undefined)
      throw new StateError(
        `windowed table ${this.name} is used for several events at once, and it cannot be told which time is meant: give it the time as the last argument (update(key, change, event.time)), or look with at(time)`,
        { code: 'WINDOW_TIME_UNKNOWN' },
      );
    return attempt.time;
  }

  #read(key: unknown, at?: number | Date): unknown {
    const attempt = this.#local.reading();
    const seen = this.#seen(key);
    const time = at === undefined ? this.#timeToRead(attempt) : Number(at);
    const { grid } = this.#parts.spec;
    if (grid !== undefined) {
      const window = newestWindowAt(time, grid);
      return window && this.#valueOf(seen, window);
    }
    seen.writes?.scan(seen.shard);
    for (const window of seen.windows.windowsOf(seen.prefix, time, time + 1)) {
      const value = overlap(window, { start: time, end: time + 1 }) ? this.#valueOf(seen, window) : undefined;
      if (value !== undefined) return value;
    }
    return undefined;
  }

  #timeToRead(attempt: Attempt | undefined): number {
    return attempt === undefined ? this.#parts.clock.now() : this.#timeOf(attempt);
  }

  #seen(key: unknown): Seen {
    const { keys } = this.#parts;
    const attempt = this.#local.reading();
    const prefix = keys.prefixOf(key);
    if (attempt === undefined) {
      const shard = this.#local.shardOf(key);
      return { shard, windows: this.#keptOf(shard).windows, prefix, writes: undefined };
    }
    const { group, shard } = this.#local.partOf(attempt);
    return { shard, windows: this.#keptOf(shard).windows, prefix, writes: group.writesOf(attempt) };
  }

  /** The value of a window, closed or not; undefined where there is none. */
  #valueOf(seen: Seen, window: Window): unknown {
    const { keys, spec } = this.#parts;
    const value = this.#valueUnder(seen, keys.cellKey(seen.prefix, window));
    return value === undefined && spec.keepMs > 0 ? this.#valueUnder(seen, keys.keptKey(seen.prefix, window)) : value;
  }

  #valueUnder({ shard, writes }: Seen, cellKey: string): unknown {
    return writes === undefined ? shard.valueUnder(cellKey) : writes.read(shard, shard.cell(cellKey));
  }

  #keptOf(shard: Shard): Kept {
    const known = this.#kept.get(shard);
    if (known !== undefined) return known;
    const { keys, spec } = this.#parts;
    const made: Kept = { windows: new ShardWindows(keys, spec), recovered: [] };
    this.#kept.set(shard, made);
    return made;
  }
}
