import { type Derived, DerivedBatch } from '../../streams/index.js';
import type { Watermark } from '../../windows/index.js';
import { KeptEvents, type KeptEventsParts } from '../derived/kept-events.js';
import { Slices } from '../slices.js';
import type { Effect, TableWrites } from '../table-writes.js';
import type { JoinBuffer } from './join-buffer.js';
import type { JoinFormat } from './join-format.js';
import type { Side, Waiting } from './waiters.js';

/** How many of those that are over leave the lines of their keys in one turn. */
const clearedAtOnce = 1_000;

export interface WaitingEventsParts extends KeptEventsParts {
  readonly format: JoinFormat;
  readonly buffer: JoinBuffer;
  readonly watermark: Watermark;
  readonly graceMs: number;
  /** The value of a result without a counterpart. */
  readonly alone: (side: Side, value: Buffer) => unknown;
  readonly about: (side: Side, value: Buffer) => Readonly<Record<string, unknown>>;
}

/** Events of a shard that wait for counterparts. When their time is over they leave; those that have had none as results, where that is asked for. */
export class WaitingEvents extends KeptEvents<Derived, Waiting> {
  readonly #parts: WaitingEventsParts;

  constructor(parts: WaitingEventsParts) {
    super(parts);
    this.#parts = parts;
  }

  /** What has ended before this time has no counterpart any more. */
  get #ended(): number {
    return this.#parts.watermark.now - this.#parts.graceMs - 1;
  }

  /** Whether a time may be over: the watermark is not computed. */
  #mayBeOver(time: number): boolean {
    return time < this.#parts.watermark.bound - this.#parts.graceMs;
  }

  protected get mayBeDue(): boolean {
    return this.#mayBeOver(this.#parts.buffer.nextDue);
  }

  protected take(): Waiting | undefined {
    return this.#parts.buffer.take(this.#ended);
  }

  protected nameOf({ side, topic, offset }: Waiting): string {
    return `${side} ${topic} ${offset}`;
  }

  protected made(event: Waiting): Omit<Derived, 'sequence'> | undefined {
    const { format, buffer, alone, about } = this.#parts;
    const { side, time } = event;
    const found = buffer.valueOf(event);
    if (found === undefined) {
      buffer.handled(event);
      return undefined;
    }
    // Else all of its block would stay in memory.
    const value = Buffer.from(found);
    return {
      key: format.keys.keyBytes(event.waiters.key),
      time,
      isThere: () => isAlone(event),
      read: () => alone(side, value),
      write: () => value,
      about: () => about(side, value),
      letterHeaders: () => [['weir-side', Buffer.from(side)]],
    };
  }

  protected batchOf(events: readonly Derived[]): DerivedBatch {
    return new DerivedBatch(this.topic, this.shard.changelog.partition, events);
  }

  protected leave(writes: TableWrites, event: Waiting): void {
    if (!isAlone(event)) return;
    writes.alone(event.waiters);
    writes.also(new Leaving(this.#parts.buffer, event));
  }

  protected override isGone(event: Waiting): void {
    this.#parts.buffer.handled(event);
    super.isGone(event);
  }

  /** What is no result goes as soon as its time is over: much of it has come since the last checkpoint, and is written nowhere. */
  override look(): void {
    const { buffer } = this.#parts;
    if (this.#mayBeOver(buffer.nextEnd - 1)) buffer.drop(this.#ended);
    if (buffer.hasLeaving) buffer.clear(clearedAtOnce);
    super.look();
  }

  override get isDirty(): boolean {
    return super.isDirty || this.#parts.buffer.isDirty;
  }

  override prepare(): void {
    super.prepare();
    this.#parts.buffer.prepare();
  }

  override committed(): void {
    this.#parts.buffer.committed();
    super.committed();
  }

  /** The buffer knows. */
  protected forget(): void {}

  protected takeAnew(): void {
    this.#parts.buffer.dropped();
  }

  override async sweep(isToStop: () => boolean): Promise<void> {
    const { buffer } = this.#parts;
    const slices = new Slices();
    while (buffer.hasLeaving && !isToStop()) {
      buffer.clear(clearedAtOnce);
      if (slices.isOver(clearedAtOnce)) await slices.next();
    }
  }

  override close(): void {
    this.#parts.buffer.close();
    super.close();
  }
}

function isAlone({ isThere, isMatched }: Waiting): boolean {
  return isThere && !isMatched;
}

/** An event is handled that had no counterpart. */
class Leaving implements Effect {
  constructor(
    private readonly buffer: JoinBuffer,
    private readonly event: Waiting,
  ) {}

  apply(): void {
    this.buffer.leave(this.event);
  }
}
