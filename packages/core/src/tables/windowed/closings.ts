import type { Derived } from '../../streams/index.js';
import type { HeaderPair } from '../../transport/index.js';
import type { Watermark, Window } from '../../windows/index.js';
import type { Cell } from '../cell.js';
import { ShardEvents, type ShardEventsParts } from '../derived/shard-events.js';
import { Slices } from '../slices.js';
import type { TableWrites } from '../table-writes.js';
import { HeldWindows, type LastValues } from './held-windows.js';
import type { ShardWindows } from './shard-windows.js';
import type { WindowKeys } from './window-keys.js';
import type { WindowSpec } from './window-spec.js';

/** How many windows that nobody handles are removed after one checkpoint. */
const removedMax = 50_000;

/** The header of a dead letter of a window that tells which: start and end, in milliseconds since 1970. */
export const windowHeader = 'weir-window';

export interface ClosingsParts extends ShardEventsParts {
  readonly keys: WindowKeys;
  readonly spec: WindowSpec;
  readonly windows: ShardWindows;
  readonly watermark: Watermark;
  /** Where windows are given out before they close. */
  readonly lastValues: LastValues | undefined;
}

/** The windows of a shard that close. Those that nobody handles are removed without. */
export class Closings extends ShardEvents {
  readonly #parts: ClosingsParts;
  readonly #held: HeldWindows;

  constructor(parts: ClosingsParts) {
    super(parts);
    this.#parts = parts;
    this.#held = new HeldWindows({ ...parts, released: () => this.look() });
  }

  protected get mayBeDue(): boolean {
    const { windows, watermark, spec } = this.#parts;
    return windows.nextEnd + spec.graceMs <= watermark.bound;
  }

  protected take(): string | undefined {
    const { windows, watermark, spec } = this.#parts;
    return this.#held.take(() => windows.takeOpen(watermark.now - spec.graceMs));
  }

  protected putBack(cellKey: string): void {
    this.#parts.windows.putBack(cellKey);
  }

  protected forget(cellKey: string): void {
    this.#parts.windows.forget(cellKey);
  }

  protected takeAnew(): void {
    this.#held.clear();
    this.#parts.windows.takeAnew();
  }

  protected eventOf(cell: Cell): Omit<Derived, 'sequence'> {
    const { keys } = this.#parts;
    const { shard } = this;
    const { value } = cell;
    const window = keys.windowOf(cell.key);
    return {
      key: keys.keyPayload(cell.key),
      time: window.end - 1,
      read: () => shard.decoded(cell, value),
      write: () => shard.payloadOf(cell, value),
      about: (key) => ({ window: { key, ...window }, isLate: false }),
      letterHeaders: () => [windowHeaderOf(window)],
    };
  }

  protected override remove(writes: TableWrites, cell: Cell): void {
    const { keys, spec, windows } = this.#parts;
    if (spec.keepMs > 0) {
      const window = keys.windowOf(cell.key);
      const kept = this.shard.cell(keys.keptKey(keys.prefixIn(cell.key), window));
      windows.note(kept.key, window);
      writes.write(this.shard, kept, this.shard.decoded(cell, cell.value));
    }
    super.remove(writes, cell);
  }

  /** Up to when windows have ended that were kept for long enough, and those that nobody handles. */
  get #ended(): { readonly kept: number; readonly unread: number } {
    const { watermark, spec } = this.#parts;
    const { now } = watermark;
    return { kept: now - spec.keepMs, unread: this.isRead ? Number.NEGATIVE_INFINITY : now - Math.max(spec.graceMs, spec.keepMs) };
  }

  override get hasOver(): boolean {
    const { windows } = this.#parts;
    const { kept, unread } = this.#ended;
    return windows.nextKeptEnd <= kept || windows.nextEnd <= unread;
  }

  /** What nobody handles, and what was kept for long enough. */
  override async sweep(isToStop: () => boolean): Promise<void> {
    const { windows } = this.#parts;
    const { kept, unread } = this.#ended;
    await this.#removeAll(() => windows.takeKept(kept), isToStop);
    await this.#removeAll(() => this.#held.take(() => windows.takeOpen(unread)), isToStop);
  }

  async #removeAll(take: () => string | undefined, isToStop: () => boolean): Promise<void> {
    const { windows } = this.#parts;
    const slices = new Slices();
    const busy: string[] = [];
    for (let left = removedMax; left > 0 && !isToStop(); left--) {
      const cellKey = take();
      if (cellKey === undefined) break;
      const cell = this.shard.find(cellKey);
      // Whoever reads it must not be overtaken by nothing.
      if (cell !== undefined && cell.pins > 0) busy.push(cellKey);
      else if (cell?.value === undefined && cell?.dirt === undefined) windows.forget(cellKey);
      else {
        if (cell.value !== undefined) this.shard.remove(cell);
        this.isGone(cellKey);
      }
      if (slices.isOver()) await slices.next();
    }
    for (const cellKey of busy) windows.putBack(cellKey);
  }
}

export function windowHeaderOf({ start, end }: Window): HeaderPair {
  return [windowHeader, Buffer.from(`${start}-${end}`)];
}
