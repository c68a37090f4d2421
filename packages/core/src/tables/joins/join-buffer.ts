import { eachEntry } from '../entries.js';
import type { Shard } from '../shard.js';
import { Slices } from '../slices.js';
import { gone, matched, valueAt, type WrittenEvent } from './block.js';
import type { JoinFormat } from './join-format.js';
import { type Happened, Journal } from './journal.js';
import { RecoveredBlocks } from './recovered-blocks.js';
import { ShardBlocks } from './shard-blocks.js';
import { type Stretch, Stretches } from './stretches.js';
import { type Side, type Waiters, Waiting } from './waiters.js';
import { WaitersByKey } from './waiters-by-key.js';

export interface JoinBufferParts {
  readonly shard: Shard;
  readonly format: JoinFormat;
  /** How long after its own time an event may have a counterpart, in milliseconds. */
  readonly waits: Readonly<Record<Side, number>>;
  /** Whether an event of a side is a result by itself when it has had none. */
  readonly isResult: (side: Side) => boolean;
}

/** An event of an attempt that has succeeded. */
export interface Arrived extends Omit<WrittenEvent, 'isRight' | 'key' | 'marks'> {
  readonly waiters: Waiters;
  readonly side: Side;
  readonly isMatched: boolean;
}

/** Stretches of time are about as long as this share of what events wait, and no shorter. */
const widthShare = 1 / 8;
const widthMinMs = 1_000;
const none: readonly Waiting[] = [];

/** The events of a shard that wait for counterparts. Those of attempts that have succeeded are there at once; the shard is given them, and loses them, in blocks. */
export class JoinBuffer {
  readonly #parts: JoinBufferParts;
  readonly #stretches: Stretches;
  readonly #blocks: ShardBlocks;
  readonly #journal = new Journal();
  readonly #keys = new WaitersByKey();
  readonly #hasResults: boolean;
  /** What is over and stands in the lines of its keys still, and how far that has come. */
  #leaving: Stretch[] = [];
  #leavingAt = 0;

  constructor(parts: JoinBufferParts) {
    this.#parts = parts;
    const { shard, format, waits, isResult } = parts;
    this.#hasResults = isResult('left') || isResult('right');
    this.#stretches = new Stretches(Math.max(widthMinMs, Math.max(waits.left, waits.right) * widthShare));
    this.#blocks = new ShardBlocks(shard, format, this.#stretches);
  }

  /** Takes in what the shard has. */
  async recover(): Promise<void> {
    const slices = new Slices();
    const found = new RecoveredBlocks(this.#parts.format, (key) => this.#keys.of(key));
    await eachEntry(this.#parts.shard, async (cellKey, bytes) => {
      found.take(cellKey, bytes);
      if (slices.isOver(eventsPerBlock)) await slices.next();
    });
    for (const { block, events, isOfMarks } of found.blocks()) {
      // Stretches may have had another width when it was written: it goes with the last of its events, and at once where it has none.
      const last = events.reduce((most, { side, time }) => Math.max(most, this.#numberOf(side, time)), Number.NEGATIVE_INFINITY);
      this.#blocks.recovered(block, Math.max(last, this.#stretches.earliest));
      if (!isOfMarks) for (const event of events) if (event.isThere) this.#addOnce(event);
      if (slices.isOver(eventsPerBlock)) await slices.next();
    }
  }

  /** After a crash at least once it may be there twice. */
  #addOnce(event: Waiting): void {
    const { waiters, side, time, topic, offset } = event;
    if (waiters.find(side, time, topic, offset) === undefined) this.#add(event);
  }

  #add(event: Waiting): void {
    event.waiters.add(event);
    const stretch = this.#stretches.of(this.#numberOf(event.side, event.time));
    stretch.events.push(event);
    if (stretch.due === undefined || !this.#parts.isResult(event.side)) return;
    const overAt = this.overAt(event);
    let at = stretch.due.length;
    while (at > stretch.at && this.overAt(stretch.due[at - 1]) > overAt) at--;
    stretch.due.splice(at, 0, event);
  }

  /** Whether an event is a result by itself when it has had no counterpart. */
  isResult({ side }: Pick<Waiting, 'side'>): boolean {
    return this.#parts.isResult(side);
  }

  /** When an event is over: none comes later that is its counterpart. */
  overAt({ side, time }: Pick<Waiting, 'side' | 'time'>): number {
    return time + this.#parts.waits[side];
  }

  #numberOf(side: Side, time: number): number {
    return this.#stretches.numberAt(time + this.#parts.waits[side]);
  }

  /** The events of a key. */
  waitersOf(key: string): Waiters {
    return this.#keys.of(key);
  }

  /** The value of an event; undefined where that is gone. @throws StateError when the store cannot be read */
  valueOf({ block, at }: Waiting): Buffer | undefined {
    const bytes = this.#blocks.bytesOf(block);
    return bytes && valueAt(bytes, at);
  }

  /** An event waits from now on. One that is there has run again. */
  arrive({ waiters, side, time, topic, offset, value, isMatched }: Arrived): void {
    const known = waiters.find(side, time, topic, offset);
    if (known !== undefined) {
      if (isMatched) this.meet(known);
      return;
    }
    const { format, isResult } = this.#parts;
    const marks = isMatched && isResult(side) ? matched : 0;
    const event = { isRight: side === 'right', time, topic, offset, key: format.keys.keyBytes(waiters.key), value, marks };
    const block = this.#blocks.openOf(this.#stretches.of(this.#numberOf(side, time)), event);
    const index = block.count;
    const waiting = new Waiting(waiters, side, time, topic, offset, block, block.addEvent(event), index, marks);
    this.#add(waiting);
    this.#journal.open.arrived.push(waiting);
  }

  /** An event has had a counterpart. */
  meet(event: Waiting): void {
    if (event.isMatched || !event.isThere || !this.isResult(event)) return;
    event.isMatched = true;
    this.#blocks.mark(event.block, event.at, event.index, matched);
    this.#journal.open.met.push(event);
  }

  /** An event was given out as a result, and is handled. */
  leave(event: Waiting): void {
    if (!event.isThere) return;
    event.isGone = true;
    this.#trim(event);
    this.#blocks.mark(event.block, event.at, event.index, gone);
    this.#journal.open.left.push(event);
  }

  #trim({ waiters, side }: Waiting): void {
    waiters.trim(side);
    this.#keys.mayBeEmpty(waiters);
  }

  /** When the first stretch of time ends; +∞ where there is none. */
  get nextEnd(): number {
    return this.#stretches.first?.end ?? Number.POSITIVE_INFINITY;
  }

  /** When an event may be over that is a result by itself; +∞ where none is. */
  get nextDue(): number {
    if (!this.#hasResults) return Number.POSITIVE_INFINITY;
    for (const { due, at, start } of this.#stretches) {
      if (due === undefined) return start;
      if (at < due.length) return this.overAt(due[at]);
    }
    return Number.POSITIVE_INFINITY;
  }

  /** Takes out the first result that is over at a time. */
  take(ended: number): Waiting | undefined {
    for (const stretch of this.#stretches) {
      if (stretch.start > ended) return undefined;
      const due = this.#dueIn(stretch);
      for (; stretch.at < due.length && this.overAt(due[stretch.at]) <= ended; stretch.at++) {
        const event = due[stretch.at];
        if (!event.isThere || event.isMatched) continue;
        stretch.at++;
        stretch.inHand++;
        return event;
      }
      if (stretch.at < due.length) return undefined;
    }
    return undefined;
  }

  /** The turn of a stretch has come. */
  #dueIn(stretch: Stretch): readonly Waiting[] {
    const { isResult } = this.#parts;
    if (!this.#hasResults) return none;
    stretch.due ??= stretch.events
      .filter((event) => isResult(event.side) && event.isThere && !event.isMatched)
      .sort((one, other) => this.overAt(one) - this.overAt(other));
    return stretch.due;
  }

  /** A result that was taken is handled. */
  handled(event: Waiting): void {
    const stretch = this.#stretches.find(this.#numberOf(event.side, event.time));
    if (stretch !== undefined) stretch.inHand--;
  }

  /** Drops the stretches whose events are all over at a time, and of which no result is left. */
  drop(ended: number): void {
    if (this.nextEnd > ended + 1) return;
    const over = [...this.#stretches].filter((stretch) => stretch.end <= ended + 1 && this.#isDone(stretch));
    for (const stretch of over) {
      this.#stretches.remove(stretch);
      this.#leaving.push(stretch);
      this.#journal.open.over.push(stretch);
    }
  }

  #isDone(stretch: Stretch): boolean {
    return stretch.inHand === 0 && this.#dueIn(stretch).length === stretch.at;
  }

  /** Whether some of what is over stands in lines. */
  get hasLeaving(): boolean {
    return this.#leaving.length > 0;
  }

  /** Takes out so much of that. */
  clear(max: number): void {
    for (let left = max; left > 0 && this.#leaving.length > 0; left--) {
      const event = this.#leaving[0].events[this.#leavingAt++];
      if (event === undefined) {
        this.#leaving.shift();
        this.#leavingAt = 0;
      } else {
        event.isOver = true;
        this.#trim(event);
      }
    }
  }

  /** Whether something has happened that is not committed. */
  get isDirty(): boolean {
    return !this.#journal.isEmpty;
  }

  prepare(): void {
    const { open } = this.#journal;
    open.put.push(...this.#blocks.prepare(open.over));
    this.#journal.close();
  }

  committed(): void {
    this.#journal.committed();
    this.#keys.forgetEmpty();
  }

  /** What is not committed is taken back. */
  dropped(): void {
    const happened = this.#journal.dropped();
    const arrived = new Set(happened.arrived);
    for (const event of arrived) {
      event.isGone = true;
      event.waiters.remove(event);
      this.#keys.mayBeEmpty(event.waiters);
    }
    this.#bringBack(happened, arrived);
    const touched = new Set(happened.arrived.map((event) => this.#stretches.find(this.#numberOf(event.side, event.time))));
    for (const stretch of touched) if (stretch !== undefined) stretch.events = stretch.events.filter((event) => !arrived.has(event));
    this.#blocks.dropped(happened.put);
  }

  #bringBack({ over, left, met }: Happened, arrived: ReadonlySet<Waiting>): void {
    // Of several of one number the first one has what is committed.
    for (const stretch of over.reverse()) {
      this.#stretches.put(stretch);
      for (const event of stretch.events) {
        event.isOver = false;
        if (event.isThere) this.#keys.bringBack(event);
      }
    }
    const back = new Set(over);
    if (this.#leaving.length > 0 && back.has(this.#leaving[0])) this.#leavingAt = 0;
    this.#leaving = this.#leaving.filter((stretch) => !back.has(stretch));
    for (const event of left) {
      if (arrived.has(event)) continue;
      event.isGone = false;
      this.#keys.bringBack(event);
    }
    for (const event of met) event.isMatched = false;
  }

  /** It is given up. */
  close(): void {
    this.#blocks.forgetBytes();
  }
}

/** About, for slices. */
const eventsPerBlock = 256;
