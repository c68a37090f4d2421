import type { Undelivered } from '../checkpoints/index.js';
import type { InFlight, Lane } from '../lanes/index.js';
import type { Position, TopicPartition } from '../positions/index.js';
import {
  type CompletedBy,
  type CompletedOffsets,
  type NotedTime,
  nothingCompleted,
  readCompleted,
  readLogs,
  readTick,
  readTime,
  Ticks,
  without,
  writeNotes,
} from '../positions/index.js';
import type { Batch, GroupPosition } from '../transport/index.js';
import type { Alignment, Watermark } from '../windows/index.js';

/** Why no messages are asked for. Each reason is taken back by the one that gave it. */
export type PauseReason = 'full' | 'producer' | 'recovery';

/** What is to be committed of a partition. */
export interface PartitionProgress {
  readonly partition: AssignedPartition;
  readonly position: GroupPosition;
  /** What agents have completed beyond the offset. */
  readonly beyond: CompletedBy;
}

/** A partition while it is ours: one lane for each agent of its topic, from `restart` on. */
export class AssignedPartition implements TopicPartition {
  /** The first offset that was delivered here; where a rewind without a commit goes. */
  #start = -1;
  /** Where the group had come to. */
  #groupOffset = -1;
  /** The offset of the next message to come. */
  #next = -1;
  /** The offset after the newest message that has come. */
  reached = -1;
  /** What the group has of us. */
  committed = -1;
  /** What agents have completed beyond that, as the group has it. */
  #committedBeyond: CompletedBy = new Map();
  /** The changelogs of its group, as they are noted beside offsets: those that were noted before, until it has its state. */
  logs: string | undefined;
  /** Resolves when it is told where the group had come to. */
  readonly told: Promise<void>;
  #tell = () => {};
  readonly pausedFor = new Set<PauseReason>();
  /** What was called at its times as part of this partition, and is committed with it. */
  readonly ticks = new Ticks();
  #lanes: readonly Lane[] = [];
  /** Events of agents that run in isolation, until they are committed. */
  #isolated: Pick<Undelivered, 'agent' | 'from' | 'to'>[] = [];
  /** Handed over or shut down: it does not begin again. */
  #isStopped = false;
  /** Whether what the group has is to be committed once more: as soon as it is ours, and from time to time. */
  #isDue = true;
  /** What of its group goes by event time; undefined where nothing does. */
  watermark: Watermark | undefined;
  /** What keeps its group together; undefined where it has one topic only. */
  alignment: Alignment | undefined;

  constructor(
    readonly topic: string,
    readonly partition: number,
    private readonly open: () => readonly Lane[],
    /** The set of its topic, as it is noted beside offsets. */
    private readonly set?: string,
  ) {
    this.told = new Promise((resolve) => {
      this.#tell = resolve;
    });
  }

  /** Told where the group had come to, before the first message. */
  begin({ offset, metadata }: GroupPosition): void {
    this.#groupOffset = offset;
    this.alignment?.begins(this.topic, offset);
    this.logs ??= readLogs(metadata);
    this.#committedBeyond = readCompleted(metadata);
    this.watermark?.begin(this.topic, readTime(metadata));
    this.ticks.begin(readTick(metadata));
    this.#passOver(this.#committedBeyond);
    this.#tell();
  }

  /** Told where the group has come to, or where its log begins, though no message may have come: what is noted beside its offset can be committed from now on. */
  beginsAt({ offset, metadata }: GroupPosition): void {
    if (this.held === undefined) this.#groupOffset = offset;
    this.ticks.begin(readTick(metadata));
  }

  /** Each agent passes over what it has completed already. */
  #passOver(completed: CompletedBy): void {
    for (const lane of this.#lanes) lane.passOver(completed.get(lane.agent) ?? nothingCompleted);
  }

  #forget(): void {
    this.#groupOffset = this.#start;
    this.committed = -1;
    this.#committedBeyond = new Map();
    this.#passOver(this.#committedBeyond);
  }

  get lanes(): readonly Lane[] {
    return this.#lanes;
  }

  accept(batch: Batch): void {
    if (batch.length === 0 || this.#lanes.length === 0) return;
    if (this.#start === -1) {
      this.#start = batch.offset(0);
      // One that begins below what is committed is another one: its topic was deleted and made anew, and nothing of it is done.
      if (this.#start < this.#groupOffset) this.#forget();
    }
    this.#next = batch.offset(batch.length - 1) + 1;
    this.reached = Math.max(this.reached, this.#next);
    this.watermark?.delivered(this.topic);
    for (const lane of this.#lanes) lane.accept(batch);
  }

  /** What the group has of us, or where we began. −1 before the first message. */
  get #base(): number {
    return this.committed === -1 ? this.#start : this.committed;
  }

  /** What the group has of us, to be committed again: that says whether it is still ours. Undefined where it has nothing, and no message has come. */
  get held(): GroupPosition | undefined {
    const { topic, partition } = this;
    const offset = this.committed === -1 ? Math.max(this.#groupOffset, this.#start) : this.committed;
    return offset === -1
      ? undefined
      : { topic, partition, offset, metadata: this.#noted(this.#committedBeyond, this.ticks.noted, this.#time) };
  }

  /** The offset to commit: below it every agent is done with every event. Undefined when that is not more than the group has. */
  get committable(): number | undefined {
    let lowest = Number.POSITIVE_INFINITY;
    for (const lane of this.#lanes) lowest = Math.min(lowest, lane.committable ?? -1);
    return lowest > this.committed && lowest !== Number.POSITIVE_INFINITY && lowest >= 0 ? lowest : undefined;
  }

  /**
   * Up to where every agent is done with every event, and in the metadata what each has completed beyond that. Undefined when that is what the group has, and it
   * need not be told again.
   */
  get progress(): PartitionProgress | undefined {
    const base = this.#base;
    if (base === -1 || this.#lanes.length === 0) return this.#renewal;
    const completed = new Map(this.#lanes.map((lane) => [lane.agent, lane.completed]));
    return this.#progress(this.committable ?? base, base, completed, this.ticks.noted) ?? this.#renewal;
  }

  /** Has what the group has committed once more: offsets expire that nobody commits. */
  renew(): void {
    this.#isDue = true;
  }

  get #renewal(): PartitionProgress | undefined {
    const isDue = this.#isDue || this.ticks.noted !== this.ticks.committed;
    const position = isDue && Math.max(this.#groupOffset, this.committed) >= 0 ? this.held : undefined;
    return position && { partition: this, position, beyond: this.#committedBeyond };
  }

  /** The same as a progress that was noted, without what was not delivered of it. */
  progressWithout({ position, beyond }: PartitionProgress, undelivered: readonly Undelivered[]): PartitionProgress | undefined {
    const base = this.#base;
    const lowest = Math.min(position.offset, ...undelivered.map(({ from }) => from));
    const rest = this.#without(({ agent }) => beyond.get(agent) ?? { to: position.offset, except: [] }, undelivered);
    // What was called since then may have sent what is not delivered.
    return this.#progress(Math.max(base, lowest), base, rest, readTick(position.metadata));
  }

  #progress(offset: number, base: number, completed: CompletedBy, tick: string | undefined): PartitionProgress | undefined {
    const beyond: CompletedBy = new Map([...completed].filter(([, { to }]) => to > offset));
    // That time alone has moved on is no reason to commit.
    const isSame = offset === this.committed && this.#noted(beyond, tick) === this.#noted(this.#committedBeyond, tick);
    const isNothing = offset === base && this.committed === -1 && beyond.size === 0;
    if ((isSame || isNothing) && tick === this.ticks.committed) return undefined;
    const time = this.#time;
    const position = { topic: this.topic, partition: this.partition, offset, metadata: this.#noted(beyond, tick, time) };
    return { partition: this, position, beyond };
  }

  get #time(): NotedTime | undefined {
    return this.watermark?.noteOf(this.topic);
  }

  #noted(beyond: CompletedBy, tick: string | undefined, time?: NotedTime): string | undefined {
    return writeNotes(beyond, { set: this.set, logs: this.logs, time, tick });
  }

  /** The group has it. */
  hasCommitted({ position, beyond }: PartitionProgress): void {
    this.committed = position.offset;
    this.#committedBeyond = beyond;
    this.#isDue = false;
    this.#isolated = this.#isolated
      .map((each) => ({ ...each, to: Math.min(each.to, this.reached - 1) }))
      .filter(({ to }) => to >= position.offset);
    for (const lane of this.#lanes) lane.endIsolation(position.offset, this.reached);
  }

  /** The group has what was noted beside an offset. */
  hasNoted({ metadata }: Pick<GroupPosition, 'metadata'>): void {
    this.watermark?.committed(this.topic, readTime(metadata));
    this.ticks.hasCommitted(readTick(metadata));
  }

  /** Whether messages of one of its events were not delivered: of one that it has, and the group has not. Its lane may have been another one. */
  covers(at: Undelivered): boolean {
    return at.topic === this.topic && at.partition === this.partition && at.to >= this.committed && at.from < Math.max(this.reached, 0);
  }

  /** What its agents have completed by now, without what was not delivered. */
  completedWithout(undelivered: readonly Undelivered[]): CompletedBy {
    return this.#without(({ completed }) => completed, undelivered);
  }

  /** What each agent has completed, without what was not delivered of that. */
  #without(completed: (lane: Lane) => CompletedOffsets, undelivered: readonly Undelivered[]): CompletedBy {
    const again = (agent: string) => undelivered.filter((each) => each.agent === agent).flatMap(offsetsOf);
    return new Map(this.#lanes.map((lane) => [lane.agent, without(completed(lane), again(lane.agent))]));
  }

  /** The offset after the newest message given to the lanes, or where a rewind went; −1 before the first. */
  get position(): number {
    return this.#next;
  }

  /** Grows with every event that is finished. */
  get done(): number {
    return this.#lanes.reduce((sum, lane) => sum + lane.finished, 0);
  }

  /** Messages that wait in the lane that has most. */
  get waiting(): number {
    return this.#lanes.reduce((most, { backlog }) => Math.max(most, backlog.messages), 0);
  }

  get waitingBytes(): number {
    return this.#lanes.reduce((most, { backlog }) => Math.max(most, backlog.bytes), 0);
  }

  /** Whether a lane waits for other topics of its group. */
  get isAhead(): boolean {
    return this.#lanes.some((lane) => lane.isAhead);
  }

  get isIdle(): boolean {
    return this.#lanes.every((lane) => lane.isIdle);
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

  abandon(why: Error): void {
    for (const lane of this.#lanes) lane.abandon(why);
  }

  /**
   * Gives up everything that is not committed. Messages are dropped until `restart`: they are still those from before.
   * @returns where to read on; undefined when nothing was delivered, or the partition is being handed over
   */
  rewind(why: Error): Position | undefined {
    this.abandon(why);
    this.#lanes = [];
    this.ticks.dropped();
    if (this.#isStopped || this.#next === -1) return undefined;
    this.#next = this.#base;
    return { topic: this.topic, partition: this.partition, offset: this.#next };
  }

  /**
   * Begins with fresh lanes, or again after a rewind.
   * @param isolated what runs in isolation: everything until the next commit, where it is not known what was refused
   * @param completed what need not run again; by default what is committed
   */
  restart(isolated: readonly Undelivered[] | 'all', completed: CompletedBy = this.#committedBeyond): void {
    if (this.#lanes.length > 0) return;
    this.#lanes = this.open();
    // What was found before this rewind is not forgotten.
    this.#isolated.push(
      ...(isolated === 'all' ? this.#lanes.map(({ agent }) => ({ agent, from: 0, to: Number.POSITIVE_INFINITY })) : isolated),
    );
    for (const lane of this.#lanes) for (const { agent, from, to } of this.#isolated) if (agent === lane.agent) lane.isolate(from, to);
    this.#passOver(completed);
    if (this.#isStopped) this.stop();
  }
}

function offsetsOf({ from, to }: Undelivered): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}
