import type { Attempt } from '../../attempts/index.js';
import type { DerivedSource } from '../../lanes/index.js';
import { type Derived, DerivedBatch, type DerivedEvent } from '../../streams/index.js';
import type { HeaderPair } from '../../transport/index.js';
import type { Watermark, Window } from '../../windows/index.js';
import type { Cell } from '../cell.js';
import type { Shard } from '../shard.js';
import { Slices } from '../slices.js';
import type { TableWrites } from '../table-writes.js';
import type { ShardWindows } from './shard-windows.js';
import type { WindowKeys } from './window-keys.js';
import type { WindowSpec } from './window-spec.js';

/** So many windows may be with their handlers at once. */
const closingMax = 2_000;
/** How many windows that nobody handles are removed after one checkpoint. */
const removedMax = 50_000;

/** The header of a dead letter of a window that tells which: start and end, in milliseconds since 1970. */
export const windowHeader = 'weir-window';

export interface ClosingsParts {
  /** How its events stand in lists: `per-minute.closed`. */
  readonly topic: string;
  /** What an attempt changes in the shards of the group. */
  readonly writesOf: (attempt: Attempt) => TableWrites;
  readonly shard: Shard;
  readonly keys: WindowKeys;
  readonly spec: WindowSpec;
  readonly windows: ShardWindows;
  readonly watermark: Watermark;
  /** Whether an agent handles them: else they are removed without. */
  readonly isRead: boolean;
}

interface Closing extends Derived {
  readonly cell: Cell;
}

/** The windows of a shard that close: each is an event, and leaves with the attempt that handles it. */
export class Closings implements DerivedSource {
  readonly topic: string;
  readonly #parts: ClosingsParts;
  /** By cell key, for as long as its window is not closed: the event is the same one after a rewind. */
  readonly #sequences = new Map<string, number>();
  #nextSequence = 0;
  /** How many are with their handlers. */
  #inHand = 0;
  /** Closed in the open generation, and in the closed one. */
  #closed: string[] = [];
  #committing: string[] = [];
  #due: (() => void) | undefined;

  constructor(parts: ClosingsParts) {
    this.#parts = parts;
    this.topic = parts.topic;
  }

  whenDue(listener: () => void): void {
    this.#due = listener;
  }

  /** Something has moved the watermark, or may have. */
  look(): void {
    const { windows, watermark, spec } = this.#parts;
    if (this.#due !== undefined && windows.nextEnd + spec.graceMs <= watermark.bound && this.#inHand < closingMax) this.#due();
  }

  next(max: number): DerivedBatch | undefined {
    const { isRead, windows, watermark, spec, shard } = this.#parts;
    if (!isRead) return undefined;
    const ended = watermark.now - spec.graceMs;
    const events: Closing[] = [];
    while (events.length < max && this.#inHand < closingMax) {
      const cellKey = windows.takeOpen(ended);
      if (cellKey === undefined) break;
      const cell = shard.find(cellKey);
      if (cell === undefined) windows.forget(cellKey);
      else if (cell.value !== undefined) events.push(this.#event(cell));
      // One that was deleted and is not committed stays among those that are being closed: a rewind may bring it back.
      else this.#closed.push(cellKey);
    }
    return events.length === 0 ? undefined : new DerivedBatch(this.topic, shard.changelog.partition, events);
  }

  #event(cell: Cell): Closing {
    const { shard, keys } = this.#parts;
    const { value } = cell;
    this.#inHand++;
    const window = keys.windowOf(cell.key);
    const about = (key: unknown) => ({ window: { key, ...window }, isLate: false });
    return {
      cell,
      sequence: this.#sequenceOf(cell.key),
      key: keys.keyPayload(cell.key),
      time: window.end - 1,
      read: () => shard.decoded(cell, value),
      write: () => shard.payloadOf(cell, value),
      about,
      letterHeaders: () => [windowHeaderOf(window)],
    };
  }

  #sequenceOf(cellKey: string): number {
    const known = this.#sequences.get(cellKey);
    if (known !== undefined) return known;
    this.#sequences.set(cellKey, this.#nextSequence);
    return this.#nextSequence++;
  }

  settle(attempt: Attempt, event: DerivedEvent): void {
    const { writesOf, shard, keys, spec, windows } = this.#parts;
    const { cell } = event.derived as Closing;
    const writes = writesOf(attempt);
    if (spec.keepMs > 0) {
      const window = keys.windowOf(cell.key);
      const kept = shard.cell(keys.keptKey(keys.prefixIn(cell.key), window));
      windows.note(kept.key, window);
      writes.write(shard, kept, shard.decoded(cell, cell.value));
    }
    writes.write(shard, cell, undefined);
  }

  settled(event: DerivedEvent): void {
    this.#inHand--;
    this.#closed.push((event.derived as Closing).cell.key);
    this.look();
  }

  prepare(): void {
    this.#committing.push(...this.#closed);
    this.#closed = [];
  }

  committed(): void {
    for (const cellKey of this.#committing) {
      this.#sequences.delete(cellKey);
      this.#parts.windows.forget(cellKey);
    }
    this.#committing = [];
    this.look();
  }

  dropped(): void {
    this.#inHand = 0;
    this.#closed = [];
    this.#committing = [];
    this.#parts.windows.closeAnew();
  }

  /** Removes what nobody handles, and what was kept for long enough. */
  async remove(isToStop: () => boolean): Promise<void> {
    const { windows, watermark, spec, isRead } = this.#parts;
    const { now } = watermark;
    if (now === Number.NEGATIVE_INFINITY) return;
    await this.#removeAll(() => windows.takeKept(now - spec.keepMs), isToStop);
    if (!isRead) await this.#removeAll(() => windows.takeOpen(now - Math.max(spec.graceMs, spec.keepMs)), isToStop);
  }

  async #removeAll(take: () => string | undefined, isToStop: () => boolean): Promise<void> {
    const { windows, shard } = this.#parts;
    const slices = new Slices();
    const busy: string[] = [];
    for (let left = removedMax; left > 0 && !isToStop(); left--) {
      const cellKey = take();
      if (cellKey === undefined) break;
      const cell = shard.find(cellKey);
      if (cell === undefined) windows.forget(cellKey);
      // Whoever reads it must not be overtaken by nothing.
      else if (cell.pins > 0) busy.push(cellKey);
      else {
        if (cell.value !== undefined) shard.remove(cell);
        this.#removing(cellKey);
      }
      if (slices.isOver()) await slices.next();
    }
    for (const cellKey of busy) windows.notRemoved(cellKey);
  }

  /** It may come back with a rewind. */
  #removing(cellKey: string): void {
    this.#parts.windows.removing(cellKey);
    this.#closed.push(cellKey);
  }
}

export function windowHeaderOf({ start, end }: Window): HeaderPair {
  return [windowHeader, Buffer.from(`${start}-${end}`)];
}
