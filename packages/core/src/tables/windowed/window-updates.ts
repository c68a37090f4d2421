import type { TableChange } from '../../definitions/index.js';
import type { Derived } from '../../streams/index.js';
import type { Clock } from '../../time/index.js';
import type { Cell } from '../cell.js';
import { ShardEvents, type ShardEventsParts } from '../derived/shard-events.js';
import { windowHeaderOf } from './closings.js';
import { DueIndex } from './due-index.js';
import type { LastValues } from './held-windows.js';
import { UpdatedWindow } from './updated-window.js';
import type { WindowKeys } from './window-keys.js';

export interface WindowUpdatesParts extends ShardEventsParts {
  readonly keys: WindowKeys;
  readonly clock: Clock;
  /** How long a window has no second one, in milliseconds. */
  readonly everyMs: number;
}

/** Before the cell keys of updates that are due, and of the last ones of windows that close. */
const dueMark = 'd';
const lastMark = 'l';

/**
 * What has become of the windows of a shard, every so often by the clock. One is given what was committed when its handler is called, or the last value when it is
 * about to close. One timer waits for all of them. What was given stands nowhere: after a recovery all open windows are given.
 */
export class WindowUpdates extends ShardEvents implements LastValues {
  readonly #parts: WindowUpdatesParts;
  readonly #windows = new Map<string, UpdatedWindow>();
  readonly #index = new DueIndex();
  /** Those that are about to close, in their order. */
  readonly #last = new Set<string>();
  /** What a rewind may take back. */
  readonly #touched = new Set<string>();
  #given: (cellKey: string) => void = () => {};

  constructor(parts: WindowUpdatesParts) {
    super(parts);
    this.#parts = parts;
    parts.shard.whenCommitted((cellKey, value) => this.#committed(cellKey, value));
  }

  /** An open window came out of the changelog: what was given of it is not known. One that has left may be named, too. */
  recovered(cellKey: string): void {
    if (this.shard.isGone(cellKey)) return;
    const window = this.#windowOf(cellKey);
    window.isPending = true;
    this.#note(cellKey, window);
  }

  #committed(cellKey: string, value: unknown): void {
    const { keys } = this.#parts;
    if (keys.isKept(cellKey) || keys.isLate(cellKey)) return;
    const known = this.#windows.get(cellKey);
    if (known === undefined && value === undefined) return;
    const window = known ?? this.#windowOf(cellKey);
    // Its last value is what is given, or was.
    if (window.closing === undefined || window.closing === 'waits') {
      window.isPending = true;
      this.#note(cellKey, window);
    } else if (value === undefined) this.#isOver(cellKey, window);
  }

  #windowOf(cellKey: string): UpdatedWindow {
    const known = this.#windows.get(cellKey);
    if (known !== undefined) return known;
    const made = new UpdatedWindow();
    this.#windows.set(cellKey, made);
    return made;
  }

  /** Together with others, at multiples of the time; later where it had one a short while ago. */
  #note(cellKey: string, window: UpdatedWindow): void {
    if (window.uncommitted > 0 || window.due !== undefined || window.closing !== undefined) return;
    const { clock, everyMs } = this.#parts;
    const next = (Math.floor(clock.now() / everyMs) + 1) * everyMs;
    window.due = Math.max(next, window.notBefore);
    this.#index.note(cellKey, window.due);
  }

  #unnote(cellKey: string, window: UpdatedWindow): void {
    if (window.due !== undefined) this.#index.forget(cellKey, window.due);
    window.due = undefined;
  }

  /** Nothing of it is there any more, nor to be given. */
  #isOver(cellKey: string, window: UpdatedWindow): void {
    if (window.uncommitted > 0 || window.isPending) return;
    this.#windows.delete(cellKey);
    this.#touched.delete(cellKey);
  }

  mayClose(cellKey: string): boolean {
    const known = this.#windows.get(cellKey);
    if (known === undefined && !this.#isChanging(cellKey)) return true;
    const window = known ?? this.#windowOf(cellKey);
    if (window.closing === undefined) this.#close(cellKey, window);
    return window.closing === 'given';
  }

  #isChanging(cellKey: string): boolean {
    return this.shard.find(cellKey)?.dirt !== undefined;
  }

  #close(cellKey: string, window: UpdatedWindow): void {
    this.#touched.add(cellKey);
    this.#unnote(cellKey, window);
    if (window.isInHand) window.closing = 'waits';
    else if (!window.isPending && !this.#isChanging(cellKey)) window.closing = 'given';
    else {
      window.closing = 'last';
      window.isPending = true;
      this.#last.add(cellKey);
      this.look();
    }
  }

  whenGiven(listener: (cellKey: string) => void): void {
    this.#given = listener;
  }

  protected override get nextDue(): number {
    return this.#index.next;
  }

  protected get mayBeDue(): boolean {
    return this.#last.size > 0 || this.#index.next <= this.#parts.clock.now();
  }

  protected take(): string | undefined {
    const [last] = this.#last;
    const cellKey = last ?? this.#index.take(this.#parts.clock.now());
    if (cellKey === undefined) return undefined;
    this.#last.delete(cellKey);
    const window = this.#windowOf(cellKey);
    window.due = undefined;
    window.isInHand = true;
    window.uncommitted++;
    this.#touched.add(cellKey);
    return `${last === undefined ? dueMark : lastMark}${cellKey}`;
  }

  protected override cellKeyOf(id: string): string {
    return id.slice(1);
  }

  /** Also of one that is not there: its value is nothing. */
  protected override cellOf(id: string): Cell {
    return this.shard.cell(this.cellKeyOf(id));
  }

  protected override isDue(): boolean {
    return true;
  }

  /** The window stays. */
  protected override remove(): void {}

  /** Nothing that was taken turns out not to be due. */
  protected putBack(): void {}

  protected eventOf({ key: cellKey }: Cell, id: string): Omit<Derived, 'sequence'> {
    const { keys, clock } = this.#parts;
    const window = keys.windowOf(cellKey);
    const isLast = id.startsWith(lastMark);
    return {
      key: keys.keyPayload(cellKey),
      time: clock.now(),
      read: () => this.#read(cellKey, isLast),
      write: () => this.shard.payloadOf(this.shard.cell(cellKey), this.#windowOf(cellKey).read),
      about: (key) => ({ window: { key, ...window }, isLate: false }),
      letterHeaders: () => [windowHeaderOf(window)],
    };
  }

  #read(cellKey: string, isLast: boolean): TableChange {
    const { shard } = this;
    const cell = shard.cell(cellKey);
    const window = this.#windowOf(cellKey);
    window.read = isLast ? cell.value : cell.committed;
    window.isPending = false;
    return { key: this.#parts.keys.keyOf(cellKey), value: shard.decoded(cell, window.read), previous: shard.decoded(cell, window.given) };
  }

  protected override isGone(id: string): void {
    super.isGone(id);
    const cellKey = this.cellKeyOf(id);
    const window = this.#windowOf(cellKey);
    window.isInHand = false;
    window.given = window.read;
    window.notBefore = this.#parts.clock.now() + this.#parts.everyMs;
    if (window.closing === 'last') window.closing = 'given';
    else if (window.closing === 'waits') this.#close(cellKey, window);
    if (window.closing === 'given') this.#given(cellKey);
  }

  protected forget(id: string): void {
    const cellKey = this.cellKeyOf(id);
    const window = this.#windows.get(cellKey);
    if (window === undefined) return;
    window.uncommitted--;
    if (window.uncommitted > 0) return;
    window.committed = window.given;
    if (window.isPending) this.#note(cellKey, window);
    else if (this.shard.find(cellKey)?.committed === undefined) this.#isOver(cellKey, window);
    if (window.closing === undefined) this.#touched.delete(cellKey);
  }

  protected takeAnew(): void {
    this.#last.clear();
    for (const cellKey of this.#touched) {
      const window = this.#windowOf(cellKey);
      window.rewind();
      if (window.isPending) this.#note(cellKey, window);
    }
    this.#touched.clear();
  }
}
