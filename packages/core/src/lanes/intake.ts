import { type BoundAgent, runsSeveral } from '../agents/index.js';
import type { TopicPartition } from '../positions/index.js';
import { Completed, type CompletedOffsets, completedMax, Tracker } from '../positions/index.js';
import { BatchEvent, isMarker, KeptBatch, replayHeaders } from '../streams/index.js';
import type { Batch } from '../transport/index.js';
import type { Alignment, LaneTurns, Watermark } from '../windows/index.js';
import { EventTimes } from './event-times.js';
import { IsolatedOffsets } from './isolated-offsets.js';
import type { LaneContext } from './lane-context.js';
import { LaneQueue } from './lane-queue.js';
import type { LaneSource } from './lane-source.js';
import { OriginTimes } from './origin-times.js';

/** What comes into a lane: the messages that wait, which of them are events for this agent, and which are done. */
export class Intake {
  readonly tracker: Tracker;
  readonly queue = new LaneQueue();
  /** Events that run one at a time, each waiting for its own deliveries. */
  readonly isolated = new IsolatedOffsets();
  isStopped = false;
  /** Whether something runs that no attempt may run beside. */
  isHeld = false;
  readonly #agent: BoundAgent;
  readonly #at: TopicPartition;
  readonly #context: LaneContext;
  readonly #source: LaneSource;
  readonly #times: EventTimes | undefined;
  readonly #origins: OriginTimes | undefined;
  readonly #laneNumber: number;
  readonly #completed: Completed;
  readonly #aheadMax: number;
  readonly #hasMarkers: boolean;
  /** Missing where it goes by no other topic. */
  readonly #turns: LaneTurns | undefined;
  /** Events that were taken, and whose taker is gone. */
  readonly #returned: BatchEvent[] = [];

  /** @param wake it may go on that has waited for others */
  constructor(agent: BoundAgent, at: TopicPartition, context: LaneContext, source: LaneSource, agents: number, wake: () => void) {
    this.#agent = agent;
    this.#at = at;
    this.#context = context;
    this.#source = source;
    const time = context.timeOf?.(at);
    const watermark = time?.watermark;
    this.tracker = new Tracker(watermark !== undefined);
    this.#times = this.#timesOf(watermark, time?.isChecked);
    source.times = this.#times;
    const origins = context.originPartitionsOf?.(at.topic);
    this.#origins = watermark && origins !== undefined ? new OriginTimes(this.tracker, watermark, origins) : undefined;
    watermark?.open(at.topic, this.#origins ?? this.tracker);
    this.#turns = time?.alignment && this.#turnsIn(time.alignment, wake);
    this.#laneNumber = context.recent.numberOf(agent.name, at);
    this.#hasMarkers = context.hasMarkers(at.topic);
    const isOnce = context.isExact || context.hasState(at.topic);
    // What is derived is noted nowhere.
    const isNoted = context.derivedOf?.(at) === undefined;
    this.#aheadMax = isOnce && isNoted && runsSeveral(agent) ? completedMax(agents) : Number.POSITIVE_INFINITY;
    // What is done once only must not be forgotten; loops drop again what they have dropped.
    const mayForget = !isOnce || agent.definition.kind === 'stream';
    this.#completed = new Completed(mayForget ? completedMax(agents) : Number.POSITIVE_INFINITY);
  }

  /** Missing where event times are those of the messages, and nobody goes by them. */
  #timesOf(watermark: Watermark | undefined, isChecked = watermark !== undefined): EventTimes | undefined {
    const { eventTime } = this.#agent;
    if (!isChecked && eventTime === undefined) return undefined;
    const { clock, aheadMs } = this.#context;
    return new EventTimes({ eventTime, clock, aheadMs, tracker: this.tracker, watermark });
  }

  #turnsIn(alignment: Alignment, wake: () => void): LaneTurns | undefined {
    const { queue } = this;
    const { eventTime } = this.#agent;
    const lane = {
      wake,
      get waiting(): number {
        return queue.waiting;
      },
      get next(): number | undefined {
        const { next } = queue;
        // Times that stand in values are known when these are decoded.
        return next === undefined || eventTime === undefined ? next?.batch.timestamp(next.index) : Number.NaN;
      },
    };
    return alignment.open(this.#at.topic, lane);
  }

  /** Messages have come. */
  push(batch: Batch): void {
    this.queue.push(batch);
    this.#turns?.came(batch.offset(batch.length - 1) + 1);
  }

  /** Whether it waits for events of other topics that are earlier. */
  get isAhead(): boolean {
    return this.#turns?.isWaiting === true;
  }

  /** Notes that a message is given out. */
  #deliver(batch: Batch, index: number): number {
    const ticket = this.#times === undefined ? this.tracker.deliver(batch.offset(index)) : this.#times.deliver(batch, index);
    this.#origins?.take(batch, index);
    return ticket;
  }

  /** Whether attempts may begin. */
  get admits(): boolean {
    const { outputs, uncommitted } = this.#context;
    return !this.isStopped && !this.isHeld && !uncommitted.isFull && outputs.admits;
  }

  /**
   * The next event to be run, noted as delivered; undefined while there is none or none may run. Messages that were completed before, or replayed for another
   * agent, and markers are finished on the way.
   */
  next(): BatchEvent | undefined {
    if (!this.admits) return undefined;
    if (this.#returned.length > 0) return this.#returned.shift();
    if (this.#turns?.isAhead === true) return undefined;
    let hasPassedOver = false;
    while (!this.#isFarAhead && this.queue.advance()) {
      const { batch, index } = this.queue;
      const offset = batch.offset(index);
      const ticket = this.#deliver(batch, index);
      if (!this.#isDone(batch, index)) {
        this.#context.recent.note(this.#laneNumber, offset);
        return batch instanceof KeptBatch ? batch.eventAt(this.#source, index, ticket) : new BatchEvent(this.#source, batch, index, ticket);
      }
      this.tracker.finish(ticket);
      hasPassedOver = true;
    }
    if (this.queue.waiting === 0) this.#turns?.emptied();
    // No handler runs that would tell of the room that was made.
    if (hasPassedOver) this.#context.moved();
    return undefined;
  }

  /** Takes an event back that was taken and has not run. */
  giveBack(event: BatchEvent): void {
    this.#returned.push(event);
  }

  /** Whether the next event is to run by itself: in isolation, or because it has retries behind it. What was completed before it is passed over. */
  get hasSingleNext(): boolean {
    const { retries } = this.#context;
    if (this.isolated.isEmpty && retries.isEmpty) return false;
    this.#passOverNext();
    const { nextOffset } = this.queue;
    if (nextOffset === undefined) return false;
    return this.isolated.has(nextOffset) || retries.of(this.#agent.name, { ...this.#at, offset: nextOffset }) !== undefined;
  }

  #passOverNext(): void {
    let hasPassedOver = false;
    for (
      let { next } = this.queue;
      next !== undefined && !this.#isFarAhead && this.#isDone(next.batch, next.index);
      next = this.queue.next
    ) {
      this.queue.advance();
      this.tracker.finish(this.#deliver(next.batch, next.index));
      hasPassedOver = true;
    }
    if (hasPassedOver) this.#context.moved();
  }

  /** Whether nothing waits, and what comes may be to run by itself. */
  get mayHaveSingleNext(): boolean {
    if (this.queue.nextOffset !== undefined) return false;
    return !this.isolated.isEmpty || this.#context.retries.has(this.#agent.name, this.#at);
  }

  /** Passes over what was completed before this lane began. */
  passOver(before: CompletedOffsets): void {
    this.#completed.set(before);
  }

  get completed(): CompletedOffsets {
    return this.#completed.with(this.tracker);
  }

  /** Whether nothing is to be done for a message: it was completed before, is not for this agent, or is no event. */
  #isDone(batch: Batch, index: number): boolean {
    const offset = batch.offset(index);
    return (
      this.#completed.has(offset) ||
      // What a derived one stands for goes with an attempt.
      (!(batch instanceof KeptBatch) && this.#isSetAside(offset)) ||
      this.#isForAnother(batch, index) ||
      (this.#hasMarkers && isMarker(batch, index))
    );
  }

  #isSetAside(offset: number): boolean {
    const { retries } = this.#context;
    return !retries.isEmpty && retries.of(this.#agent.name, { ...this.#at, offset })?.isSetAside === true;
  }

  #isForAnother(batch: Batch, index: number): boolean {
    return batch.hasHeader(index, replayHeaders.for) && this.#context.deadLetters.isForAnother(this.#agent.name, batch, index);
  }

  /** With exactly once, whether the next event is so far beyond an unfinished one that a commit could not note what lies between. */
  get #isFarAhead(): boolean {
    if (this.#aheadMax === Number.POSITIVE_INFINITY) return false;
    const { oldest } = this.tracker;
    const { nextOffset } = this.queue;
    return oldest !== undefined && nextOffset !== undefined && nextOffset - oldest >= this.#aheadMax && !this.#completed.has(nextOffset);
  }
}
