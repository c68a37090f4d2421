import type { Cancel, Clock } from '../time/index.js';

/** How many events a lane gives out between two looks at the others. */
const eventsPerLook = 64;
/** How many messages a topic is behind to whom it matters: fewer are there in no time, and may be no more than markers of transactions. */
const behindMin = 100;
/** For how long others wait for a topic of which nothing comes and nothing begins, in milliseconds. */
const patienceMs = 250;

/** A lane of a topic, as the others of its group see it. */
export interface AlignedLane {
  /** The event time of the message that is next; undefined where none waits, NaN where it is not known. */
  readonly next: number | undefined;
  /** How many messages wait. */
  readonly waiting: number;
  /** It may go on. */
  wake(): void;
}

/** One topic of a partition group. */
interface AlignedTopic {
  /** Whether the group has a partition of it: one that has grown may have more than the others. */
  isRead: boolean;
  lanes: LaneTurns[];
  /** The offset after the newest message that has come. */
  reached: number;
  /** Where its log ended when the group was taken over. */
  end: number;
  /** Whether something has come or begun since it was looked last. */
  isMoving: boolean;
  /** Whether nobody waits for it until it moves. */
  isStill: boolean;
}

/**
 * Has the topics of a partition group read in the order of their event times: else one runs ahead of the others by all that was fetched of it, and
 * joins and windows have to keep that. Only while one of them is far behind the end that its log had when the group was taken over. A topic that
 * stands still keeps nobody waiting for long, and one that has caught up does not at all.
 */
export class Alignment {
  readonly #topics = new Map<string, AlignedTopic>();
  readonly #clock: Clock;
  readonly #waiting = new Set<LaneTurns>();
  #isWaking = false;
  #isOver = false;
  #cancel: Cancel | undefined;

  constructor(topics: Iterable<string>, clock: Clock) {
    this.#clock = clock;
    for (const topic of topics) this.#topics.set(topic, { isRead: false, lanes: [], reached: 0, end: 0, isMoving: true, isStill: false });
  }

  /** Those of which the group has a partition. */
  get topics(): string[] {
    return [...this.#topics].filter(([, { isRead }]) => isRead).map(([topic]) => topic);
  }

  /** The group has a partition of a topic. */
  reads(topic: string): void {
    const state = this.#topics.get(topic);
    if (state !== undefined) state.isRead = true;
  }

  /** Where the log of a topic ends. */
  ends(topic: string, end: number): void {
    const state = this.#topics.get(topic);
    if (state !== undefined) state.end = end;
  }

  /** Where a topic begins. */
  begins(topic: string, offset: number): void {
    const state = this.#topics.get(topic);
    if (state !== undefined) state.reached = Math.max(state.reached, offset);
  }

  /** A lane of a topic; undefined where nobody waits for the topic. */
  open(topic: string, lane: AlignedLane): LaneTurns | undefined {
    const state = this.#topics.get(topic);
    if (state === undefined) return undefined;
    const turns = new LaneTurns(this, state, lane);
    state.lanes.push(turns);
    return turns;
  }

  /** Lanes are opened anew. */
  restart(): void {
    this.close();
    this.#isOver = false;
    for (const state of this.#topics.values()) state.lanes = [];
  }

  /** Nobody waits any more. */
  close(): void {
    this.#waiting.clear();
    this.#cancel?.();
    this.#cancel = undefined;
  }

  /** Whether what was there when the group was taken over has come, and begun. */
  get isOver(): boolean {
    if (this.#isOver) return true;
    for (const topic of this.#topics.values())
      if (hasMore(topic) || topic.lanes.some(({ lane }) => lane.waiting >= behindMin)) return false;
    this.#isOver = true;
    return true;
  }

  /** Whether a topic has to wait with an event of this time. */
  isAhead(topic: AlignedTopic, time: number): boolean {
    if (Number.isNaN(time) || this.isOver) return false;
    for (const other of this.#topics.values()) if (other !== topic && isBehind(other, time)) return true;
    return false;
  }

  waits(turns: LaneTurns): void {
    this.#waiting.add(turns);
    this.#cancel ??= this.#clock.after(patienceMs, () => this.#look());
  }

  #look(): void {
    this.#cancel = undefined;
    for (const state of this.#topics.values()) {
      if (!state.isMoving) state.isStill = true;
      state.isMoving = false;
    }
    this.wakeSoon();
  }

  /** Not in the turn of who has moved: that may be a lane, in the middle of its own. */
  wakeSoon(): void {
    if (this.#isWaking || this.#waiting.size === 0) return;
    this.#isWaking = true;
    setImmediate(() => {
      this.#isWaking = false;
      const waiting = [...this.#waiting];
      this.#waiting.clear();
      for (const turns of waiting) turns.lane.wake();
    });
  }
}

function hasMore({ reached, end }: AlignedTopic): boolean {
  return end - reached >= behindMin;
}

/** Whether events of a topic come that are earlier than this time. */
function isBehind(topic: AlignedTopic, time: number): boolean {
  if (topic.isStill) return false;
  let isEmpty = true;
  for (const { lane } of topic.lanes) {
    const { next } = lane;
    if (next === undefined) continue;
    if (next < time) return true;
    isEmpty = false;
  }
  return isEmpty && hasMore(topic);
}

/** It has something to give, or gives it. */
function moves(topic: AlignedTopic): void {
  topic.isMoving = true;
  topic.isStill = false;
}

/** A lane's turns: it asks before it gives out an event. */
export class LaneTurns {
  readonly lane: AlignedLane;
  readonly #alignment: Alignment;
  readonly #topic: AlignedTopic;
  /** Events that may go before it looks. */
  #left = 0;
  /** Whether it has given out any since it waited last. */
  #hasMoved = false;
  /** Whether it waits, as it was when it asked last. */
  isWaiting = false;

  constructor(alignment: Alignment, topic: AlignedTopic, lane: AlignedLane) {
    this.#alignment = alignment;
    this.#topic = topic;
    this.lane = lane;
  }

  /** Whether it is to wait: events of other topics that are earlier have not begun. */
  get isAhead(): boolean {
    if (this.#left > 0) {
      this.#left--;
      return false;
    }
    const { next } = this.lane;
    this.isWaiting = next !== undefined && this.#alignment.isAhead(this.#topic, next);
    if (this.isWaiting) this.#waits();
    else this.#moves();
    return this.isWaiting;
  }

  /** Those may go on that have waited for what it has given out. */
  #waits(): void {
    if (this.#hasMoved) this.#alignment.wakeSoon();
    this.#hasMoved = false;
    this.#alignment.waits(this);
  }

  #moves(): void {
    this.#left = eventsPerLook;
    this.#hasMoved = true;
    moves(this.#topic);
  }

  /** Messages have come. @param next the offset after the last */
  came(next: number): void {
    this.#topic.reached = Math.max(this.#topic.reached, next);
    moves(this.#topic);
    this.#alignment.wakeSoon();
  }

  /** Nothing waits in it any more. */
  emptied(): void {
    this.#left = 0;
    this.#alignment.wakeSoon();
  }
}
