import type { InFlight, Lane } from '../agents/index.js';
import type { Position, TopicPartition } from '../errors/index.js';
import type { Batch, GroupPosition } from '../transport/index.js';
import { type Ahead, readAhead, writeAhead } from './ahead.js';

/** Why no messages are asked for. Each reason is taken back by the one that gave it. */
export type PauseReason = 'full' | 'producer';

/** What is to be committed of a partition, and what to do when it is. */
export interface Progress {
  readonly position: GroupPosition;
  committed(): void;
}

/** What is to be committed of some partitions, of each that has come on. */
export function progressOf(partitions: readonly AssignedPartition[]): (Progress & { readonly partition: AssignedPartition })[] {
  return partitions.flatMap((partition) => {
    const { progress } = partition;
    return progress === undefined ? [] : [{ ...progress, partition }];
  });
}

/** A partition while it is ours: one lane for each agent of its topic. */
export class AssignedPartition implements TopicPartition {
  /** The first offset that was delivered here; where a rewind without a commit goes. */
  #start = -1;
  /** Where the group had come to. */
  #begun = -1;
  /** The offset of the next message to come. */
  #next = -1;
  /** The offset after the newest message that has come. */
  reached = -1;
  /** What the group has of us. */
  committed = -1;
  #carefulUntil = 0;
  /** How far single agents have come beyond what is committed. */
  #ahead: Ahead = new Map();
  readonly pausedFor = new Set<PauseReason>();
  #lanes: readonly Lane[];
  /** Handed over or shut down: it does not begin again. */
  #isStopped = false;

  constructor(
    readonly topic: string,
    readonly partition: number,
    private readonly open: () => readonly Lane[],
  ) {
    this.#lanes = open();
  }

  /** Told where the group had come to, before the first message. */
  begin({ offset, metadata }: GroupPosition): void {
    this.#begun = offset;
    this.#ahead = readAhead(metadata);
    this.#passOver();
  }

  /** What comes until `restart` is that of a topic that is not there any more. */
  close(why: Error): void {
    this.abandon(why);
    this.#lanes = [];
  }

  /** A partition that begins below what is committed is another one: its topic was deleted and made anew, and nothing of it is done. */
  #forget(): void {
    this.#ahead = new Map();
    this.#passOver();
  }

  /** Each agent passes over what it has done already. */
  #passOver(): void {
    for (const lane of this.#lanes) lane.passOver(this.#ahead.get(lane.agent.name) ?? { to: 0, except: [] });
  }

  get lanes(): readonly Lane[] {
    return this.#lanes;
  }

  /**
   * Begins again with fresh lanes after a rewind.
   * @param carefulUntil each event below this offset runs alone and waits for its own deliveries
   */
  restart(carefulUntil: number): void {
    if (this.#lanes.length > 0) return;
    this.#lanes = this.open();
    // Another rewind may come before what made this one careful is found.
    this.#carefulUntil = Math.max(this.#carefulUntil, carefulUntil);
    for (const lane of this.#lanes) lane.searchUntil(this.#carefulUntil);
    this.#passOver();
    if (this.#isStopped) this.stop();
  }

  accept(batch: Batch): void {
    if (batch.length === 0 || this.#lanes.length === 0) return;
    if (this.#start === -1) {
      this.#start = batch.offset(0);
      if (this.#start < this.#begun) this.#forget();
    }
    this.#next = batch.offset(batch.length - 1) + 1;
    this.reached = Math.max(this.reached, this.#next);
    for (const lane of this.#lanes) lane.accept(batch);
  }

  /** The offset to commit: below it every agent is done with every event. Undefined when that is not more than the group has. */
  get committable(): number | undefined {
    let lowest = Number.POSITIVE_INFINITY;
    for (const lane of this.#lanes) lowest = Math.min(lowest, lane.tracker.committable ?? -1);
    return lowest > this.committed && lowest !== Number.POSITIVE_INFINITY && lowest >= 0 ? lowest : undefined;
  }

  /**
   * Up to where every agent is done with every event, and in the metadata what is done beyond that. Undefined when that is what the group has. With exactly
   * once, at rest: the outputs of all that is done are in the transaction, and none must be repeated.
   */
  get progress(): Progress | undefined {
    const base = this.committed === -1 ? this.#start : this.committed;
    if (base === -1) return undefined;
    if (this.#lanes.length === 0) return undefined;
    const offset = this.committable ?? base;
    const ahead: Ahead = new Map(this.#lanes.map((lane) => [lane.agent.name, lane.reach] as const).filter(([, { to }]) => to > offset));
    const metadata = writeAhead(ahead);
    if (offset === this.committed && metadata === writeAhead(this.#ahead)) return undefined;
    if (offset === base && this.committed === -1 && ahead.size === 0) return undefined;
    const position = { topic: this.topic, partition: this.partition, offset, metadata };
    return {
      position,
      committed: () => {
        this.committed = offset;
        this.#ahead = ahead;
        for (const lane of this.#lanes) lane.tracker.base = offset;
      },
    };
  }

  /** The offset after the newest message given to the lanes, or where a rewind went; −1 before the first. */
  get position(): number {
    return this.#next;
  }

  /** Grows with every event that is finished. */
  get done(): number {
    return this.#lanes.reduce((sum, lane) => sum + lane.tracker.finished, 0);
  }

  get waiting(): number {
    return this.#lanes.reduce((sum, lane) => Math.max(sum, lane.queue.waiting), 0);
  }

  get waitingBytes(): number {
    return this.#lanes.reduce((sum, lane) => Math.max(sum, lane.queue.bytes), 0);
  }

  /** Whether its lanes rest until a commit is under way. */
  get isHeld(): boolean {
    return this.#lanes.some((lane) => lane.isHeld);
  }

  get isIdle(): boolean {
    return this.#lanes.every((lane) => lane.queue.waiting === 0 && lane.inFlight === 0);
  }

  /** With exactly once, at rest: whether the transaction may hold something of an event that is not finished. */
  get hasUnfinished(): boolean {
    return this.#lanes.some((lane) => lane.hasUnfinished);
  }

  get oldest(): InFlight | undefined {
    return this.#lanes.flatMap((lane) => [...lane.running()]).sort((a, b) => a.since - b.since)[0];
  }

  stop(): void {
    this.#isStopped = true;
    for (const lane of this.#lanes) lane.stop();
  }

  async quiet(): Promise<void> {
    await Promise.all(this.#lanes.map((lane) => lane.quiet()));
  }

  async hold(): Promise<void> {
    await Promise.all(this.#lanes.map((lane) => lane.hold()));
  }

  resume(): void {
    for (const lane of this.#lanes) lane.resume();
  }

  abandon(why: Error): void {
    for (const lane of this.#lanes) lane.abandon(why);
  }

  /**
   * Gives up everything that is not committed. Messages are dropped until `restart`: they are still those from before.
   * @returns where to read on; undefined when nothing was delivered, or the partition is being handed over
   */
  rewind(why: Error): Position | undefined {
    if (this.#next === -1) return undefined;
    this.close(why);
    if (this.#isStopped) return undefined;
    this.#next = this.committed === -1 ? this.#start : this.committed;
    return { topic: this.topic, partition: this.partition, offset: this.#next };
  }
}
