import type { Witness } from '../table-writes.js';
import { type Block, gone, matched } from './block.js';

export type Side = 'left' | 'right';

/** Its stretch of time is over, and it with it. */
const over = 4;

/** An event that waits for counterparts: what it holds stands in a block. */
export class Waiting {
  /** What has become of it. */
  #marks: number;

  /**
   * @param topic the CRC of its topic
   * @param at where it begins in its block
   * @param index how many events stand there before it
   */
  constructor(
    readonly waiters: Waiters,
    readonly side: Side,
    readonly time: number,
    readonly topic: number,
    readonly offset: number,
    readonly block: Block,
    readonly at: number,
    readonly index: number,
    marks: number,
  ) {
    this.#marks = marks;
  }

  /** Whether it has had a counterpart. */
  get isMatched(): boolean {
    return (this.#marks & matched) !== 0;
  }

  set isMatched(is: boolean) {
    this.#marks = is ? this.#marks | matched : this.#marks & ~matched;
  }

  /** Whether it was given out as a result, and is handled. */
  get isGone(): boolean {
    return (this.#marks & gone) !== 0;
  }

  set isGone(is: boolean) {
    this.#marks = is ? this.#marks | gone : this.#marks & ~gone;
  }

  /** Whether its stretch of time is over. */
  get isOver(): boolean {
    return (this.#marks & over) !== 0;
  }

  set isOver(is: boolean) {
    this.#marks = is ? this.#marks | over : this.#marks & ~over;
  }

  /** Whether it waits. */
  get isThere(): boolean {
    return (this.#marks & (gone | over)) === 0;
  }
}

/** The events of one key and side, in the order of their times. Those that wait no more may stand in between until those before them are gone, too. */
class Line {
  #events: Waiting[];
  #head = 0;

  constructor(...events: Waiting[]) {
    this.#events = events;
  }

  get isEmpty(): boolean {
    return this.#head === this.#events.length;
  }

  add(event: Waiting): void {
    const events = this.#events;
    if (this.isEmpty || events[events.length - 1].time <= event.time) events.push(event);
    else events.splice(this.#upper(event.time), 0, event);
  }

  find(is: (event: Waiting) => boolean, time: number): Waiting | undefined {
    for (let at = this.#upper(time) - 1; at >= this.#head && this.#events[at].time === time; at--)
      if (is(this.#events[at])) return this.#events[at];
    return undefined;
  }

  between(from: number, to: number): Waiting[] {
    const found: Waiting[] = [];
    for (let at = this.#lower(from); at < this.#events.length && this.#events[at].time <= to; at++)
      if (this.#events[at].isThere) found.push(this.#events[at]);
    return found;
  }

  remove(event: Waiting): void {
    const at = this.#events.indexOf(event, this.#lower(event.time));
    if (at !== -1) this.#events.splice(at, 1);
  }

  /** Takes out those at the front that wait no more. */
  trim(): void {
    const events = this.#events;
    while (this.#head < events.length && !events[this.#head].isThere) this.#head++;
    if (2 * this.#head <= events.length) return;
    this.#events = events.slice(this.#head);
    this.#head = 0;
  }

  /** The index of the first that is not earlier. */
  #lower(time: number): number {
    let [from, to] = [this.#head, this.#events.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      if (this.#events[middle].time < time) from = middle + 1;
      else to = middle;
    }
    return from;
  }

  /** The index of the first that is later. */
  #upper(time: number): number {
    let [from, to] = [this.#head, this.#events.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      if (this.#events[middle].time <= time) from = middle + 1;
      else to = middle;
    }
    return from;
  }
}

const none: readonly Waiting[] = [];

/** The events of one key. Of attempts that join it and overlap, one runs again. */
export class Waiters implements Witness {
  version = 0;
  pins = 0;
  /** Whether it is noted that nothing may be left of it. */
  isNoted = false;
  /** Mostly there is one. */
  #left: Waiting | Line | undefined;
  #right: Waiting | Line | undefined;

  constructor(readonly key: string) {}

  get isEmpty(): boolean {
    return this.#left === undefined && this.#right === undefined;
  }

  add(event: Waiting): void {
    const { side } = event;
    const line = this.#of(side);
    if (line === undefined) this.#set(side, event);
    else if (line instanceof Line) line.add(event);
    else {
      const both = new Line(line);
      both.add(event);
      this.#set(side, both);
    }
  }

  /** Whether an event stands there, waiting or not. */
  has(event: Waiting): boolean {
    const line = this.#of(event.side);
    return line === event || (line instanceof Line && line.find((each) => each === event, event.time) !== undefined);
  }

  /** One that waits. */
  find(side: Side, time: number, topic: number, offset: number): Waiting | undefined {
    const line = this.#of(side);
    if (line === undefined) return undefined;
    const is = (event: Waiting) => event.offset === offset && event.topic === topic && event.time === time && event.isThere;
    if (line instanceof Line) return line.find(is, time);
    return is(line) ? line : undefined;
  }

  /** Those that wait, from one time to another, both included, in the order of their times. */
  between(side: Side, from: number, to: number): readonly Waiting[] {
    const line = this.#of(side);
    if (line === undefined) return none;
    if (line instanceof Line) return line.between(from, to);
    return line.time >= from && line.time <= to && line.isThere ? [line] : none;
  }

  remove(event: Waiting): void {
    const line = this.#of(event.side);
    if (line instanceof Line) {
      line.remove(event);
      if (line.isEmpty) this.#set(event.side, undefined);
    } else if (line === event) this.#set(event.side, undefined);
  }

  /** An event waits no more. */
  trim(side: Side): void {
    const line = this.#of(side);
    if (line instanceof Line) {
      line.trim();
      if (line.isEmpty) this.#set(side, undefined);
    } else if (line?.isThere === false) this.#set(side, undefined);
  }

  #of(side: Side): Waiting | Line | undefined {
    return side === 'left' ? this.#left : this.#right;
  }

  #set(side: Side, line: Waiting | Line | undefined): void {
    if (side === 'left') this.#left = line;
    else this.#right = line;
  }
}
