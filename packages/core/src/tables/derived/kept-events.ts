import type { Attempt } from '../../attempts/index.js';
import { asError } from '../../errors/index.js';
import type { DerivedSource } from '../../lanes/index.js';
import type { Kept, KeptBatch, KeptEvent } from '../../streams/index.js';
import type { Clock } from '../../time/index.js';
import type { Shard } from '../shard.js';
import type { TableWrites } from '../table-writes.js';
import { Alarm } from './alarm.js';

/** So many may be with their handlers at once. */
const inHandMax = 2_000;

export interface KeptEventsParts {
  /** How its events stand in lists: `per-minute.closed`. */
  readonly topic: string;
  readonly shard: Shard;
  /** What an attempt changes in the shards of the group. */
  readonly writesOf: (attempt: Attempt) => TableWrites;
  /** Whether an agent handles them. */
  readonly isRead: boolean;
  /** Missing where nothing becomes due by it. */
  readonly clock?: Clock;
}

/** An event, and what it stands for. */
interface InHand<D> extends Kept {
  readonly due: D;
}

/**
 * What a shard keeps that stands for events: mostly each leaves with the attempt that handles it.
 * @typeParam D one of them
 */
export abstract class KeptEvents<K extends Kept, D = unknown> implements DerivedSource {
  readonly topic: string;
  protected readonly shard: Shard;
  protected readonly isRead: boolean;
  readonly #writesOf: (attempt: Attempt) => TableWrites;
  /** By the names of what is due, for as long as it is not gone: the event is the same one after a rewind. */
  readonly #sequences = new Map<string, number>();
  #nextSequence = 0;
  /** How many are with their handlers. */
  #inHand = 0;
  /** Gone in the open generation, and in the closed one. */
  #gone: D[] = [];
  #committing: D[] = [];
  readonly #alarm: Alarm | undefined;
  #due: (() => void) | undefined;
  #failed: ((error: Error) => void) | undefined;

  constructor({ topic, shard, writesOf, isRead, clock }: KeptEventsParts) {
    this.topic = topic;
    this.shard = shard;
    this.isRead = isRead;
    this.#writesOf = writesOf;
    if (clock === undefined) return;
    this.#alarm = new Alarm(
      clock,
      () => this.nextDue,
      () => this.look(),
    );
  }

  /** Whether one may be due: it is not looked closely. */
  protected abstract get mayBeDue(): boolean;
  /** When the next one is due by the clock; +∞ where none is. */
  protected get nextDue(): number {
    return Number.POSITIVE_INFINITY;
  }

  /** Takes out what is due, in its order; undefined where nothing is. It is not given twice. */
  protected abstract take(): D | undefined;
  /** Tells what is due from others, also after a rewind. */
  protected abstract nameOf(due: D): string;
  /** The event of what was taken; undefined where it turns out that there is none. */
  protected abstract made(due: D): Omit<K, 'sequence'> | undefined;
  /** As much was taken as there is, or as was asked for. */
  protected taken(): void {}
  /** An attempt is about to succeed with an event: takes out what that stands for. */
  protected abstract leave(writes: TableWrites, due: D): void;
  /** One that was taken is gone for good. */
  protected abstract forget(due: D): void;
  /** Those that were taken and are not gone are there to be taken anew. */
  protected abstract takeAnew(): void;
  protected abstract batchOf(events: readonly K[]): KeptBatch;

  whenDue(listener: () => void): void {
    this.#due = listener;
  }

  /** Told when the store cannot be read in which they stand. */
  whenFailed(listener: (error: Error) => void): void {
    this.#failed = listener;
  }

  /** Something has happened for which one may be due. */
  look(): void {
    this.#alarm?.set();
    if (this.isRead && this.mayBeDue && this.#inHand < inHandMax) this.#due?.();
  }

  next(max: number): KeptBatch | undefined {
    try {
      return this.isRead ? this.#next(max) : undefined;
    } catch (error) {
      // No attempt has asked for it that could fail by it.
      this.#failed?.(asError(error));
      return undefined;
    } finally {
      this.#alarm?.set();
    }
  }

  #next(max: number): KeptBatch | undefined {
    const events: K[] = [];
    while (events.length < max && this.#inHand < inHandMax) {
      const due = this.take();
      if (due === undefined) break;
      const event = this.made(due);
      if (event !== undefined) events.push(this.#event(due, event));
    }
    this.taken();
    return events.length === 0 ? undefined : this.batchOf(events);
  }

  #event(due: D, event: Omit<K, 'sequence'>): K {
    this.#inHand++;
    // A copy of what is made anew for each would cost more than the rest.
    const made = event as { -readonly [Part in keyof InHand<D>]?: InHand<D>[Part] };
    made.due = due;
    made.sequence = this.sequenceOf(due);
    return made as unknown as K;
  }

  /** The same one after a rewind. */
  protected sequenceOf(due: D): number {
    const name = this.nameOf(due);
    const known = this.#sequences.get(name);
    if (known !== undefined) return known;
    this.#sequences.set(name, this.#nextSequence);
    return this.#nextSequence++;
  }

  settle(attempt: Attempt, event: KeptEvent): void {
    this.leave(this.#writesOf(attempt), (event.derived as InHand<D>).due);
  }

  settled(event: KeptEvent): void {
    this.#inHand--;
    this.isGone((event.derived as InHand<D>).due);
    this.look();
  }

  /** One that was taken is gone, unless a rewind brings it back. */
  protected isGone(due: D): void {
    this.#gone.push(due);
  }

  /** Whether something was handled, and that is not committed. */
  get isDirty(): boolean {
    return this.#gone.length > 0 || this.#committing.length > 0;
  }

  prepare(): void {
    this.#committing.push(...this.#gone);
    this.#gone = [];
  }

  committed(): void {
    for (const due of this.#committing) {
      this.#sequences.delete(this.nameOf(due));
      this.forget(due);
    }
    this.#committing = [];
    this.look();
  }

  /** It is given up: nothing is due any more. */
  close(): void {
    this.#alarm?.close();
  }

  dropped(): void {
    this.#inHand = 0;
    this.#gone = [];
    this.#committing = [];
    this.takeAnew();
    this.#alarm?.set();
  }

  /** Whether something is over that nobody handles: a reason for a checkpoint, after which it is taken out. */
  get hasOver(): boolean {
    return false;
  }

  /** Takes out what is over and nobody handles; after each checkpoint. */
  async sweep(_isToStop: () => boolean): Promise<void> {}
}
