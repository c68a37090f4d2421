import type { Derived } from '../../streams/index.js';
import type { Clock } from '../../time/index.js';
import { type Cell, Encoded } from '../cell.js';
import { ShardEvents, type ShardEventsParts } from '../derived/shard-events.js';
import { DueIndex } from '../windowed/due-index.js';
import { dueIn, type Scheduled, valueBytes } from './schedule-format.js';

export interface DueEventsParts extends ShardEventsParts {
  readonly clock: Clock;
}

/** The timers of a shard that are due by the clock. One timer of the process waits for all of them. */
export class DueEvents extends ShardEvents {
  readonly #clock: Clock;
  readonly #index = new DueIndex('key');
  /** By cell key, the times under which it stands in the index. */
  readonly #noted = new Map<string, Set<number>>();
  readonly #taken = new Set<string>();
  /** Cell keys whose times have changed in the open generation, and in the closed one. */
  #changed: string[] = [];
  #committingChanged: string[] = [];

  constructor(parts: DueEventsParts) {
    super(parts);
    this.#clock = parts.clock;
  }

  /** A timer is set, or will be. */
  note(cellKey: string, due: number): void {
    if (!this.isRead) return;
    const times = this.#noted.get(cellKey);
    if (times === undefined) this.#noted.set(cellKey, new Set([due]));
    else {
      times.add(due);
      this.#changed.push(cellKey);
    }
    this.#index.note(cellKey, due);
    this.look();
  }

  /** When what a cell has is due: also of a value that this code cannot read. */
  dueOf(cell: Cell, kept: unknown = this.shard.current(cell)): number | undefined {
    if (kept === undefined) return undefined;
    return kept instanceof Encoded ? dueIn(this.shard.bytesFor(cell, kept)) : (kept as Scheduled).due;
  }

  protected override get nextDue(): number {
    return this.#index.next;
  }

  protected get mayBeDue(): boolean {
    return this.#index.next <= this.#clock.now();
  }

  protected take(): string | undefined {
    const due = this.#index.next;
    const cellKey = this.#index.take(this.#clock.now());
    if (cellKey === undefined) return undefined;
    const id = `${due}:${cellKey}`;
    this.#taken.add(id);
    return id;
  }

  protected override cellKeyOf(id: string): string {
    return id.slice(id.indexOf(':') + 1);
  }

  #timeOf(id: string): number {
    return Number(id.slice(0, id.indexOf(':')));
  }

  protected override isDue(id: string, cell: Cell): boolean {
    return this.dueOf(cell) === this.#timeOf(id);
  }

  protected putBack(id: string): void {
    this.#taken.delete(id);
    this.#index.note(this.cellKeyOf(id), this.#timeOf(id));
  }

  protected forget(id: string): void {
    this.#taken.delete(id);
    this.#unnote(this.cellKeyOf(id), this.#timeOf(id));
  }

  #unnote(cellKey: string, due: number): void {
    const times = this.#noted.get(cellKey);
    times?.delete(due);
    if (times?.size === 0) this.#noted.delete(cellKey);
  }

  protected takeAnew(): void {
    for (const id of [...this.#taken]) this.putBack(id);
  }

  override prepare(): void {
    super.prepare();
    this.#committingChanged.push(...this.#changed);
    this.#changed = [];
  }

  /** Times that keys have no more: no rewind brings them back. */
  override committed(): void {
    super.committed();
    for (const cellKey of this.#committingChanged) {
      const cell = this.shard.find(cellKey);
      if (cell?.dirt !== undefined || (cell?.pins ?? 0) > 0) {
        this.#changed.push(cellKey);
        continue;
      }
      const due = cell && this.dueOf(cell);
      for (const time of [...(this.#noted.get(cellKey) ?? [])])
        if (time !== due && !this.#taken.has(`${time}:${cellKey}`)) {
          this.#index.forget(cellKey, time);
          this.#unnote(cellKey, time);
        }
    }
    this.#committingChanged = [];
  }

  protected eventOf(cell: Cell): Omit<Derived, 'sequence'> {
    const { shard } = this;
    const kept = cell.value;
    const due = this.dueOf(cell, kept) as number;
    return {
      key: shard.format.keyPayload(cell.key),
      time: due,
      read: () => (shard.decoded(cell, kept) as Scheduled).value,
      write: () => valueBytes(kept instanceof Encoded ? shard.bytesOf(cell) : Buffer.from(shard.payloadOf(cell, kept) as Uint8Array)),
      about: () => ({ due }),
      letterHeaders: () => [['weir-due', Buffer.from(String(due))]],
    };
  }
}
