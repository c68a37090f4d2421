import type { Attempt } from '../../attempts/index.js';
import type { ParkedFor, Parking } from '../../lanes/index.js';
import { type BatchEvent, type KeptEvent, type Parked, ParkedBatch, ParkedEvent } from '../../streams/index.js';
import type { Cancel, Clock } from '../../time/index.js';
import { type Cell, Encoded } from '../cell.js';
import { CellEvents } from '../derived/cell-events.js';
import type { KeptEventsParts } from '../derived/kept-events.js';
import { DueIndex } from '../windowed/due-index.js';
import { type Line, Lines } from './lines.js';
import { fits, offsetIn, positionIn, readParked, waitIn, writeParked } from './parked-format.js';

export interface ParkedEventsParts extends KeptEventsParts {
  /** The topic that they come from. */
  readonly origin: string;
  readonly clock: Clock;
  readonly isInOrder: boolean;
  readonly max: number;
}

/** The parked events of a shard that come from one topic: the first of each key when it is due, and the next one when that is at its end. */
export class ParkedEvents extends CellEvents<Parked> implements Parking {
  readonly #parts: ParkedEventsParts;
  readonly #lines: Lines;
  /** Lines by the times at which their first ones are due. */
  readonly #due = new DueIndex();
  readonly #listeners = new Set<() => void>();
  /** Parked in the open generation, and in the closed one. */
  #added: string[] = [];
  #committingAdded: string[] = [];
  /** Lines of which something was taken, or has changed, in the open generation, and in the closed one. */
  #touched = new Set<Line>();
  readonly #committingTouched = new Set<Line>();
  /** Of which something is gone for good. */
  readonly #gone = new Set<Line>();

  constructor(parts: ParkedEventsParts) {
    super(parts);
    this.#parts = parts;
    this.#lines = new Lines(parts.origin, parts.isInOrder);
  }

  /** They were parked before this worker had them, in any order. */
  restore(cellKeys: Iterable<string>): void {
    const ordered = [...new Set(cellKeys)].sort((a, b) => offsetIn(a) - offsetIn(b));
    for (const cellKey of ordered) if (!this.shard.isGone(cellKey)) this.#lines.add(cellKey);
    for (const line of this.#lines) this.#note(line);
    this.look();
  }

  isBehind(event: BatchEvent): boolean {
    return this.#lines.count > 0 && !(event instanceof ParkedEvent) && this.#lines.behind(event.batch.key(event.index)) !== undefined;
  }

  triesOf(event: BatchEvent): number {
    return event instanceof ParkedEvent ? event.derived.tries : 0;
  }

  admits(event: BatchEvent): boolean {
    return event instanceof ParkedEvent || (this.#lines.count < this.#parts.max && fits(event));
  }

  park(attempt: Attempt, event: BatchEvent, waits: ParkedFor): void {
    const cell = this.shard.cell(this.#cellKeyOf(event));
    this.#parts.writesOf(attempt).write(this.shard, cell, new Encoded(writeParked(event, waits)));
  }

  parked(event: BatchEvent): void {
    if (event instanceof ParkedEvent) return;
    const cellKey = this.#cellKeyOf(event);
    const line = this.#lines.add(cellKey);
    this.#added.push(cellKey);
    if (!line.isTaken) this.#note(line);
    this.look();
  }

  #cellKeyOf({ batch, index, offset }: BatchEvent): string {
    return this.#lines.cellKey(batch.key(index), offset, batch.timestamp(index));
  }

  whenLeft(listener: () => void): Cancel {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #isThere(cellKey: string): boolean {
    return this.shard.find(cellKey)?.value !== undefined;
  }

  /** Puts the first of a line into the index. */
  #note(line: Line): void {
    if (line.noted !== undefined) this.#due.forget(line.name, line.noted);
    line.noted = undefined;
    const cell = line.head < line.cellKeys.length ? this.shard.find(line.cellKeys[line.head]) : undefined;
    if (cell?.value === undefined) return;
    line.noted = waitIn(this.shard.bytesOf(cell)).due;
    this.#due.note(line.name, line.noted);
  }

  protected override get nextDue(): number {
    return this.#due.next;
  }

  protected get mayBeDue(): boolean {
    return this.#due.next <= this.#parts.clock.now();
  }

  protected take(): string | undefined {
    for (let name = this.#takeLine(); name !== undefined; name = this.#takeLine()) {
      const line = this.#lines.named(name);
      if (line === undefined) continue;
      line.noted = undefined;
      const cellKey = line.cellKeys[line.head];
      const cell = line.isTaken || cellKey === undefined ? undefined : this.shard.find(cellKey);
      if (cell?.value === undefined) continue;
      line.isTaken = true;
      this.#touched.add(line);
      return `${this.#stampOf(cell)} ${cellKey}`;
    }
    return undefined;
  }

  #takeLine(): string | undefined {
    return this.#due.take(this.#parts.clock.now());
  }

  /** Tells an attempt of one from others. */
  #stampOf(cell: Cell): string {
    const { due, tries } = waitIn(this.shard.bytesOf(cell));
    return `${due}:${tries}`;
  }

  protected override cellKeyOf(id: string): string {
    return id.slice(id.indexOf(' ') + 1);
  }

  /** Its offset: also in another process it is the same. */
  protected override sequenceOf(id: string): number {
    return offsetIn(this.cellKeyOf(id));
  }

  protected override isDue(id: string, cell: Cell): boolean {
    return cell.value !== undefined && id.startsWith(`${this.#stampOf(cell)} `);
  }

  protected putBack(id: string): void {
    const line = this.#lines.find(this.cellKeyOf(id));
    if (line === undefined) return;
    line.isTaken = false;
    this.#note(line);
  }

  override settled(event: KeptEvent): void {
    const line = this.#lines.find(this.#cellKeyOf(event));
    let hasLeft = false;
    if (line !== undefined) {
      line.isTaken = false;
      this.#touched.add(line);
      hasLeft = this.#lines.advance(line, (cellKey) => this.#isThere(cellKey));
      this.#note(line);
    }
    super.settled(event);
    if (hasLeft) for (const listener of [...this.#listeners]) listener();
  }

  protected forget(id: string): void {
    const line = this.#lines.find(this.cellKeyOf(id));
    if (line !== undefined) this.#gone.add(line);
  }

  override prepare(): void {
    super.prepare();
    this.#committingAdded.push(...this.#added);
    this.#added = [];
    for (const line of this.#touched) this.#committingTouched.add(line);
    this.#touched = new Set([...this.#touched].filter(({ isTaken }) => isTaken));
  }

  override committed(): void {
    this.#committingAdded = [];
    this.#committingTouched.clear();
    super.committed();
    for (const line of this.#gone) this.#lines.compact(line, (cellKey) => this.#isGoneForGood(cellKey));
    this.#gone.clear();
  }

  #isGoneForGood(cellKey: string): boolean {
    const cell = this.shard.find(cellKey);
    return cell === undefined || (cell.value === undefined && cell.dirt === undefined);
  }

  override dropped(): void {
    for (const cellKey of [...this.#committingAdded, ...this.#added]) this.#lines.remove(cellKey);
    this.#committingAdded = [];
    this.#added = [];
    super.dropped();
  }

  protected takeAnew(): void {
    for (const line of [...this.#committingTouched, ...this.#touched]) {
      this.#lines.rewind(line, (cellKey) => this.#isThere(cellKey));
      this.#note(line);
    }
    this.#committingTouched.clear();
    this.#touched.clear();
  }

  protected eventOf(cell: Cell): Omit<Parked, 'sequence'> {
    const { topic, key } = positionIn(cell.key);
    const { tries, timestamp, value, headers, isRefused } = readParked(this.shard.bytesOf(cell));
    return { topic, key, tries, timestamp, value, headers, isRefused };
  }

  protected batchOf(events: readonly Parked[]): ParkedBatch {
    return new ParkedBatch(this.topic, this.shard.changelog.partition, events);
  }
}
