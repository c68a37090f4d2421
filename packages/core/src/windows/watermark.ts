import type { NotedTime } from '../positions/index.js';

/** How far the event time of one lane has come: the greatest of finished events, held at the smallest of unfinished ones. −∞ before the first. */
export interface LaneTime {
  readonly time: number;
  /** The greatest of finished events. */
  readonly reached: number;
}

/** One topic of a partition group, as its watermark sees it. */
interface TopicTime {
  readonly disorderMs: number;
  /** What it had come to before its lanes began. */
  base: number;
  lanes: LaneTime[];
  isIdle: boolean;
  committed: NotedTime | undefined;
}

/**
 * The watermark of a partition group: no event with a smaller event time is expected any more. It is the smallest over the topics of what each has come to, less
 * its disorder. It is state: committed beside the offsets, and taken back with a rewind.
 */
export class Watermark {
  readonly #topics: ReadonlyMap<string, TopicTime>;
  readonly #listeners: (() => void)[] = [];
  #now = Number.NEGATIVE_INFINITY;
  #greatest = Number.NEGATIVE_INFINITY;
  /** Whether something has happened since it was computed. */
  #hasMoved = false;
  /** Since when all topics are idle, by the clock, and how far it has followed the clock. */
  #idleAt: number | undefined;

  /** @param topics each with its disorder, in milliseconds */
  constructor(topics: ReadonlyMap<string, number>) {
    this.#topics = new Map(
      [...topics].map(([name, disorderMs]) => [
        name,
        { disorderMs, base: Number.NEGATIVE_INFINITY, lanes: [], isIdle: false, committed: undefined },
      ]),
    );
  }

  /** −∞ before the first event. */
  get now(): number {
    if (this.#hasMoved) this.#compute();
    return this.#now;
  }

  /** What it has not passed for certain, without computing it. */
  get bound(): number {
    return this.#greatest > this.#now ? this.#greatest : this.#now;
  }

  /** The topic that holds it back, and how far that has come; undefined while all are idle. */
  get heldBy(): { readonly topic: string; readonly time: number } | undefined {
    const open = [...this.#topics].filter(([, { isIdle }]) => !isIdle).map(([topic, state]) => ({ topic, time: heldTime(state) }));
    return open.length === 0 ? undefined : open.reduce((least, each) => (each.time < least.time ? each : least));
  }

  /** Told when something has finished, or the clock has moved it: not that it has come further. */
  onMoved(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** A lane of a topic goes by it from now on. */
  open(topic: string, lane: LaneTime): void {
    this.#topics.get(topic)?.lanes.push(lane);
  }

  /** Events of a topic have come. */
  delivered(topic: string): void {
    const state = this.#topics.get(topic);
    if (state?.isIdle !== true) return;
    // Its lanes may have stood still below what the clock has moved on to.
    state.base = Math.max(state.base, this.now + state.disorderMs);
    state.isIdle = false;
  }

  /** An event of a lane is about to be given out: what has finished before counts, whatever its time. @param time NaN where that is not known yet */
  delivers({ reached }: LaneTime, time: number): void {
    if (this.#hasMoved && !(time >= reached)) this.#compute();
  }

  /** An event is at its end. @param time its event time */
  finished(time: number): void {
    if (time > this.#greatest) this.#greatest = time;
    this.#hasMoved = true;
    for (const listener of this.#listeners) listener();
  }

  /**
   * Topics of which nothing is unread and nothing has come for long do not hold it. While that is so of all, it goes on at the pace of the clock from where it
   * stands, at most to now.
   * @param clockNow by the clock
   */
  tick(idle: ReadonlySet<string>, clockNow: number): void {
    if (this.#hasMoved) this.#compute();
    for (const [name, state] of this.#topics) if (idle.has(name)) state.isIdle = true;
    const isIdle = [...this.#topics.values()].every((each) => each.isIdle);
    if (isIdle && this.#now === Number.NEGATIVE_INFINITY) this.#now = this.#begun;
    if (isIdle && this.#idleAt !== undefined) {
      const on = Math.min(clockNow, this.now + Math.max(0, clockNow - this.#idleAt));
      if (on > this.#now) this.#now = on;
    }
    this.#idleAt = isIdle ? clockNow : undefined;
    this.#hasMoved = true;
    for (const listener of this.#listeners) listener();
  }

  /** What is to be noted beside an offset of a topic; undefined before there is anything. */
  noteOf(topic: string): NotedTime | undefined {
    const state = this.#topics.get(topic);
    if (state === undefined) return undefined;
    const watermark = this.now;
    const time = Math.max(state.base, laneTime(state), watermark + state.disorderMs);
    return time === Number.NEGATIVE_INFINITY ? undefined : { topic: time, watermark };
  }

  /** What was noted is committed, or stands beside the offset from which a topic is read. */
  committed(topic: string, noted: NotedTime | undefined): void {
    const state = this.#topics.get(topic);
    if (state !== undefined && noted !== undefined) state.committed = noted;
  }

  /** Begins at what is committed: events run again, and lanes are opened anew. */
  restart(): void {
    this.#now = Number.NEGATIVE_INFINITY;
    this.#greatest = Number.NEGATIVE_INFINITY;
    this.#idleAt = undefined;
    for (const state of this.#topics.values()) {
      state.lanes = [];
      state.isIdle = false;
      state.base = state.committed?.topic ?? Number.NEGATIVE_INFINITY;
      if (state.committed !== undefined) this.#now = Math.max(this.#now, state.committed.watermark);
    }
    this.#hasMoved = true;
  }

  /** The same of one topic, whose partition begins. */
  begin(topic: string, noted: NotedTime | undefined): void {
    const state = this.#topics.get(topic);
    if (state === undefined || noted === undefined) return;
    state.committed = noted;
    state.base = Math.max(state.base, noted.topic);
    this.#now = Math.max(this.#now, noted.watermark);
    this.#hasMoved = true;
  }

  #compute(): void {
    this.#hasMoved = false;
    let least = Number.POSITIVE_INFINITY;
    for (const state of this.#topics.values()) if (!state.isIdle) least = Math.min(least, heldTime(state));
    if (least !== Number.POSITIVE_INFINITY && least > this.#now) this.#now = least;
  }

  /** The least that topics have come to of which something has come; −∞ where nothing has of any. */
  get #begun(): number {
    const times = [...this.#topics.values()].map(heldTime).filter((time) => time !== Number.NEGATIVE_INFINITY);
    return times.length === 0 ? Number.NEGATIVE_INFINITY : Math.min(...times);
  }
}

/** What a topic has come to: the least of its lanes, and no less than before they began. */
function heldTime(state: TopicTime): number {
  return Math.max(state.base, laneTime(state)) - state.disorderMs;
}

function laneTime({ lanes }: TopicTime): number {
  let least = Number.POSITIVE_INFINITY;
  for (const { time } of lanes) least = Math.min(least, time);
  return least === Number.POSITIVE_INFINITY ? Number.NEGATIVE_INFINITY : least;
}
