import type { Derived, KeptBatch } from '../../streams/index.js';
import type { Watermark } from '../../windows/index.js';
import type { Cell } from '../cell.js';
import { ShardEvents, type ShardEventsParts } from '../derived/shard-events.js';
import type { Witness } from '../table-writes.js';
import { DueIndex } from '../windowed/due-index.js';
import { type JoinKeys, readWaiting, type Side } from './join-keys.js';

/** How many that are no result are removed after one checkpoint, and how many in one turn as their time is over. */
const removedMax = 50_000;
const removedAtOnce = 1_000;

export interface WaitingEventsParts extends ShardEventsParts {
  readonly keys: JoinKeys;
  readonly watermark: Watermark;
  readonly graceMs: number;
  /** How long after its own time an event may have a counterpart, in milliseconds. */
  readonly waits: Readonly<Record<Side, number>>;
  /** Whether an event of a side is a result by itself when it has had none. */
  readonly isResult: (side: Side) => boolean;
  /** The value of such a result. */
  readonly alone: (side: Side, value: Buffer) => unknown;
  readonly about: (side: Side, value: Buffer) => Readonly<Record<string, unknown>>;
}

/** The events of one side, in the order of their times. */
interface Line {
  readonly times: number[];
  readonly cellKeys: string[];
}

/** The events of one key. What attempts that join it share: of two that overlap, one runs again. */
class Waiters implements Witness {
  version = 0;
  left: Line | undefined = undefined;
  right: Line | undefined = undefined;
}

/** Events of a shard that wait for counterparts. When their time is over they leave; those that have had none as results, where that is asked for. */
export class WaitingEvents extends ShardEvents {
  readonly #parts: WaitingEventsParts;
  readonly #waiters = new Map<string, Waiters>();
  readonly #due = new DueIndex();
  /** Given out as results, or removed; neither is committed. */
  readonly #taken = new Set<string>();
  /** Over, and no result. */
  readonly #over = new Set<string>();

  constructor(parts: WaitingEventsParts) {
    super(parts);
    this.#parts = parts;
  }

  /** A cell key stands in the shard, or will. */
  note(cellKey: string): void {
    const { keys } = this.#parts;
    this.add(cellKey, keys.prefixIn(cellKey), keys.sideOf(cellKey), keys.timeOf(cellKey));
  }

  /** The same, where it is known what the cell key is made of. @returns whether it stood nowhere before */
  add(cellKey: string, prefix: string, side: Side, time: number): boolean {
    if (this.#taken.has(cellKey) || this.#over.has(cellKey)) return false;
    const waiters = this.witnessOf(prefix);
    const line = waiters[side];
    if (line === undefined) waiters[side] = { times: [time], cellKeys: [cellKey] };
    const isNew = line === undefined || insert(line, cellKey, time);
    this.#due.note(cellKey, this.#overAt(side, time));
    return isNew;
  }

  #overAt(side: Side, time: number): number {
    return time + this.#parts.waits[side];
  }

  /** The cell keys of a key and side from one time to another, both included, in the order of their times. */
  between(side: Side, prefix: string, from: number, to: number): readonly string[] {
    const line = this.#waiters.get(prefix)?.[side];
    return line === undefined ? [] : line.cellKeys.slice(lower(line.times, from), upper(line.times, to));
  }

  /** What attempts that join one key share. */
  witnessOf(prefix: string): Waiters {
    const known = this.#waiters.get(prefix);
    if (known !== undefined) return known;
    const made = new Waiters();
    this.#waiters.set(prefix, made);
    return made;
  }

  /** What has ended before this time has no counterpart any more. */
  get #ended(): number {
    return this.#parts.watermark.now - this.#parts.graceMs - 1;
  }

  protected get mayBeDue(): boolean {
    return this.#due.next < this.#parts.watermark.bound - this.#parts.graceMs;
  }

  protected take(): string | undefined {
    for (let cellKey = this.#due.take(this.#ended); cellKey !== undefined; cellKey = this.#due.take(this.#ended)) {
      if (this.#isResult(cellKey)) {
        this.#taken.add(cellKey);
        return cellKey;
      }
      this.#over.add(cellKey);
    }
    return undefined;
  }

  #isResult(cellKey: string): boolean {
    if (!this.#parts.isResult(this.#parts.keys.sideOf(cellKey))) return false;
    const cell = this.shard.find(cellKey);
    return cell?.value === undefined || !readWaiting(this.shard.bytesOf(cell)).isMatched;
  }

  /** What is no result goes as soon as its time is over: much of it has come since the last checkpoint, and is written nowhere. */
  override next(max: number): KeptBatch | undefined {
    const results = super.next(max);
    this.#removeOver(removedAtOnce, () => false);
    return results;
  }

  protected putBack(cellKey: string): void {
    this.#taken.delete(cellKey);
    this.#over.delete(cellKey);
    this.note(cellKey);
  }

  protected forget(cellKey: string): void {
    this.#taken.delete(cellKey);
    this.#over.delete(cellKey);
    const { keys } = this.#parts;
    const prefix = keys.prefixIn(cellKey);
    const side = keys.sideOf(cellKey);
    const waiters = this.#waiters.get(prefix);
    const line = waiters?.[side];
    if (waiters === undefined || line === undefined) return;
    const at = line.cellKeys.indexOf(cellKey, lower(line.times, keys.timeOf(cellKey)));
    if (at === -1) return;
    line.times.splice(at, 1);
    line.cellKeys.splice(at, 1);
    if (line.times.length > 0) return;
    waiters[side] = undefined;
    if (waiters.left === undefined && waiters.right === undefined) this.#waiters.delete(prefix);
  }

  protected takeAnew(): void {
    for (const cellKey of [...this.#taken, ...this.#over]) this.putBack(cellKey);
  }

  protected eventOf(cell: Cell): Omit<Derived, 'sequence'> {
    const { keys, alone, about } = this.#parts;
    const side = keys.sideOf(cell.key);
    const { value } = readWaiting(this.shard.bytesOf(cell));
    return {
      key: keys.keyPayload(cell.key),
      time: keys.timeOf(cell.key),
      read: () => alone(side, value),
      write: () => value,
      about: () => about(side, value),
      letterHeaders: () => [['weir-side', Buffer.from(side)]],
    };
  }

  /** Whether neither side is a result by itself: what is over is taken out when it is swept. */
  get #isInner(): boolean {
    return !this.#parts.isResult('left') && !this.#parts.isResult('right');
  }

  override get hasOver(): boolean {
    return this.#over.size > 0 || (this.#isInner && this.#due.next <= this.#ended);
  }

  /** Those whose time is over and that are no result. */
  override async sweep(isToStop: () => boolean): Promise<void> {
    if (this.#isInner) this.take();
    this.#removeOver(removedMax, isToStop);
  }

  #removeOver(max: number, isToStop: () => boolean): void {
    let left = max;
    for (const cellKey of this.#over) {
      if (isToStop() || left-- === 0) return;
      const cell = this.shard.find(cellKey);
      if (cell !== undefined && cell.pins > 0) continue;
      if (cell?.value !== undefined) this.shard.remove(cell);
      if (cell?.dirt === undefined) this.forget(cellKey);
      else {
        this.#over.delete(cellKey);
        this.#taken.add(cellKey);
        this.isGone(cellKey);
      }
    }
  }
}

/** @returns whether it did not stand there */
function insert(line: Line, cellKey: string, time: number): boolean {
  const at = upper(line.times, time);
  if (isAt(line, cellKey, time, at)) return false;
  if (at === line.times.length) {
    line.times.push(time);
    line.cellKeys.push(cellKey);
  } else {
    line.times.splice(at, 0, time);
    line.cellKeys.splice(at, 0, cellKey);
  }
  return true;
}

/** Whether a cell key stands among those of its time. @param end the place after the last of that time */
function isAt({ times, cellKeys }: Line, cellKey: string, time: number, end: number): boolean {
  for (let at = end - 1; at >= 0 && times[at] === time; at--) if (cellKeys[at] === cellKey) return true;
  return false;
}

/** The place of the first that is not less. */
function lower(times: readonly number[], time: number): number {
  let [from, to] = [0, times.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (times[middle] < time) from = middle + 1;
    else to = middle;
  }
  return from;
}

/** The place of the first that is greater. */
function upper(times: readonly number[], time: number): number {
  let [from, to] = [0, times.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (times[middle] <= time) from = middle + 1;
    else to = middle;
  }
  return from;
}
