import type { CheckpointParticipant, Progress, Undelivered } from '../checkpoints/index.js';
import { asError, LifecycleError, StateError } from '../errors/index.js';
import type { DerivedSource, Lane } from '../lanes/index.js';
import { formatPosition, logsNote, type Position, readLogs, replacedLogs, type TopicPartition } from '../positions/index.js';
import { type Clock, within } from '../time/index.js';
import type { GroupPosition } from '../transport/index.js';
import type { Alignment, Watermark } from '../windows/index.js';
import type { AssignedPartition, PartitionProgress } from './assigned-partition.js';
import { DerivedPartition } from './derived-partition.js';

/** The local state of a partition group. */
export interface GroupState extends CheckpointParticipant {
  /** Whether it holds nothing. */
  readonly isEmpty: boolean;
  /** Missing where nothing goes by event time. */
  readonly watermark?: Watermark | undefined;
  /** Missing where it has one topic only, or no watermark. */
  readonly alignment?: Alignment | undefined;
  /** What events are derived from it, once it is recovered. */
  readonly derived?: readonly DerivedSource[];
  /** Told when some may be due. */
  whenDue?(listener: () => void): void;
  /**
   * Brings it to what its changelogs hold. Rejects when the signal is aborted.
   * @param mayBegin given what tells its changelogs from others of the same names, where the broker tells; nothing is changed before it resolves
   * @returns how many of their entries were read
   */
  recover(signal: AbortSignal, mayBegin: (logs: ReadonlyMap<string, string>) => Promise<void>): Promise<number>;
  /** It is to be handed over: it waits no longer for what may never come. */
  drain?(): void;
  /** It is given up: what is not committed is forgotten. Safe while it recovers. */
  close(): Promise<void>;
}

/**
 * Recovering: its state is being read, and no event runs. Running: lanes are open. Rewinding: it goes back to what is committed. Draining: what runs comes to
 * its end, and nothing begins. Closing: it is given up. Gone: its state is closed.
 */
export type GroupPhase = 'recovering' | 'running' | 'rewinding' | 'draining' | 'closing' | 'gone';

/** What was completed of a partition group when it was noted. */
export interface GroupProgress extends Progress {
  readonly group: PartitionGroup;
  readonly partitions: readonly PartitionProgress[];
}

/** What runs while no attempt of a group does. */
export interface Alone {
  /** Aborted when the group is given up. */
  readonly signal: AbortSignal;
  /** Whether it does not count any more: the group was rewound, or is not ours. */
  readonly isOver: () => boolean;
}

/** Where a consumer group has come to with the partitions of a group; undefined where its state is to be taken as it is. Rejects when the signal is aborted. */
export type Committed = (signal: AbortSignal) => Promise<readonly GroupPosition[] | undefined>;

/** Told how its changelogs, by their ids, and what the consumer group has noted are to each other. */
export type Compared = (logs: ReadonlyMap<string, string>, positions: readonly GroupPosition[]) => void;

/** Partitions of one number whose topics share state, and that state. A topic that shares none has groups of one partition. It is the unit of rewind. */
export class PartitionGroup {
  readonly #partitions = new Set<AssignedPartition>();
  #derived: readonly DerivedPartition[] = [];
  #isFeeding = false;
  readonly #closing = new AbortController();
  /** Counts rewinds. */
  #life = 0;
  /** What runs as an attempt of the whole group, one after another. */
  #alone: Promise<unknown> = Promise.resolve();
  /** How many of these keep its lanes from beginning attempts. */
  #holding = 0;
  #phase: GroupPhase;
  #isDraining = false;
  #recovered: Promise<number | undefined> | undefined;

  constructor(
    /** The name of the set of its topics. */
    readonly set: string,
    readonly number: number,
    /** Missing where agents of its topics keep none. */
    readonly state: GroupState | undefined,
    /** Opens the lanes of what it derives. */
    private readonly open: (at: TopicPartition) => readonly Lane[] = () => [],
    /** Told when it runs, also after a rewind, and when it does no longer. */
    private readonly changed: () => void = () => {},
  ) {
    this.#phase = state === undefined ? 'running' : 'recovering';
    state?.whenDue?.(() => this.#feedSoon());
  }

  get phase(): GroupPhase {
    return this.#phase;
  }

  get partitions(): ReadonlySet<AssignedPartition> {
    return this.#partitions;
  }

  /** Those of its partitions, and of what it derives. */
  *lanes(): Generator<Lane> {
    for (const partition of this.#partitions) yield* partition.lanes;
    for (const derived of this.#derived) yield* derived.lanes;
  }

  /** Whether messages of one of its events were not delivered. */
  covers(at: Undelivered): boolean {
    return [...this.#partitions, ...this.#derived].some((each) => each.covers(at));
  }

  /** Whether it derives events of such a name. */
  derives({ topic }: TopicPartition): boolean {
    return this.#derived.some((each) => each.topic === topic);
  }

  /** Not in the turn in which they have become due: more may. */
  #feedSoon(): void {
    if (this.#isFeeding || this.#phase !== 'running') return;
    this.#isFeeding = true;
    setImmediate(() => {
      this.#isFeeding = false;
      if (this.#phase === 'running') for (const derived of this.#derived) derived.feed();
    });
  }

  /** Whether it is ours. One that was lost and came back is another group. */
  get isOurs(): boolean {
    return this.#phase !== 'closing' && this.#phase !== 'gone';
  }

  /** Lanes open when it runs. */
  add(partition: AssignedPartition): void {
    this.#partitions.add(partition);
    partition.watermark = this.state?.watermark;
    partition.alignment = this.state?.alignment;
    partition.alignment?.reads(partition.topic);
    if (this.#phase !== 'running') return;
    partition.restart([]);
    this.changed();
  }

  /** A partition is given up; with the last one the group. */
  remove(partition: AssignedPartition): void {
    this.#partitions.delete(partition);
    if (this.#partitions.size === 0) void this.#close();
  }

  async #close(): Promise<void> {
    this.#phase = 'closing';
    this.changed();
    for (const derived of this.#derived) derived.abandon(new LifecycleError('its partitions are gone'));
    this.#closing.abort();
    await this.state?.close();
    this.#phase = 'gone';
  }

  /**
   * Reads its state, and opens lanes; once.
   * @param compared given its changelogs, and what the consumer group has noted, where that has come anywhere
   * @returns how many entries were read for it; undefined when it was given up meanwhile
   * @throws StateError `STATE_WITHOUT_OFFSETS`, `CHANGELOG_REPLACED`; what the recovery fails with
   */
  recover(committed: Committed, compared?: Compared): Promise<number | undefined> {
    this.#recovered ??= this.#recover(committed, compared);
    return this.#recovered;
  }

  async #recover(committed: Committed, compared?: Compared): Promise<number | undefined> {
    const { signal } = this.#closing;
    let entries = 0;
    let noted: string | undefined;
    let isKnown = false;
    try {
      const mayBegin = async (logs: ReadonlyMap<string, string>) => {
        if (logs.size === 0) return;
        noted = logsNote(logs);
        const positions = await committed(signal);
        isKnown = hasOffset(positions);
        mustBeTheSame(logs, positions ?? [], [...this.#partitions]);
        if (isKnown && positions !== undefined) compared?.(logs, positions);
      };
      entries = (await this.state?.recover(signal, mayBegin)) ?? 0;
      // Whoever had them before may have committed since.
      if (this.state?.isEmpty === false && !isKnown && !hasOffset(await committed(signal))) throw withoutOffsets([...this.#partitions]);
    } catch (error) {
      if (this.#closing.signal.aborted) return undefined;
      throw asError(error);
    }
    if (this.#phase !== 'recovering') return undefined;
    this.#derived = (this.state?.derived ?? []).map((source) => new DerivedPartition(source, this.number, this.open));
    for (const partition of this.#partitions) partition.logs = noted ?? partition.logs;
    this.#run((partition) => partition.restart([]));
    return entries;
  }

  /** What is to be committed; undefined when that is what the consumer group has. */
  get progress(): GroupProgress | undefined {
    const partitions = [...this.#partitions].flatMap((partition) => partition.progress ?? []);
    return this.progressOf(partitions, this.state?.isDirty === true);
  }

  /** The same of some of its partitions, and of its state or not. */
  progressOf(partitions: readonly PartitionProgress[], hasState: boolean): GroupProgress | undefined {
    if (partitions.length === 0 && !hasState) return undefined;
    // Who has lost its partitions may not write their state: it is committed with an offset, moved or not.
    const held = partitions.length === 0 ? [...this.#partitions].flatMap((partition) => partition.held ?? []) : [];
    const positions = partitions.length === 0 ? held : partitions.map(({ position }) => position);
    return { group: this, partitions, positions, ...(hasState && { state: this.state }) };
  }

  /**
   * Runs something as an attempt of the whole group, after what does so already. Where it has state no attempt of its lanes runs meanwhile, and none begins.
   * @param limitMs how long attempts that run may keep it waiting
   * @returns whether it ran: not where the group does not run, has no offset yet, or is busy for longer
   */
  async alone(run: (only: Alone) => Promise<void>, clock: Clock, limitMs: number): Promise<boolean> {
    if (this.#phase !== 'running' || [...this.#partitions].every(({ held }) => held === undefined)) return false;
    const life = this.#life;
    const before = this.#alone;
    const isOver = () => this.#life !== life || !this.isOurs;
    const only = async () => {
      const free = Promise.all([before, ...this.#hold()]);
      try {
        if ((await within(clock, limitMs, free, 'late')) === 'late' || isOver()) return false;
        await run({ signal: this.#closing.signal, isOver });
        return true;
      } finally {
        this.#release();
      }
    };
    const done = only();
    const ended = done.catch(() => undefined);
    this.#alone = before.then(() => ended);
    return done;
  }

  /** Lets no attempt of its lanes begin. */
  #hold(): Promise<void>[] {
    this.#holding++;
    return this.state === undefined ? [] : [...this.lanes()].map((lane) => lane.hold());
  }

  #release(): void {
    this.#holding--;
    if (this.#holding === 0 && this.state !== undefined) for (const lane of this.lanes()) lane.release();
  }

  /** Resolves when nothing of it runs. */
  async quiet(): Promise<void> {
    const parts = [...this.#partitions, ...this.#derived];
    await Promise.all([this.#alone, ...parts.map((each) => each.quiet())]);
  }

  /** Begins no further event. */
  drain(): void {
    this.#isDraining = true;
    if (this.#phase === 'running') this.#phase = 'draining';
    this.changed();
    for (const each of [...this.#partitions, ...this.#derived]) each.stop();
    this.state?.drain?.();
  }

  /**
   * Gives up everything that is not committed, in one turn. Messages are dropped until `restart`.
   * @returns where its partitions read on
   */
  rewind(why: Error): Position[] {
    if (this.#phase !== 'running' && this.#phase !== 'draining') return [];
    this.#phase = 'rewinding';
    this.#life++;
    for (const derived of this.#derived) derived.rewind(why);
    this.state?.dropped();
    return [...this.#partitions].flatMap((partition) => partition.rewind(why) ?? []);
  }

  /** Begins again after a rewind. One that recovers had nothing to take back. */
  restart(open: (partition: AssignedPartition | DerivedPartition) => void): void {
    if (this.#phase === 'rewinding') this.#run(open);
  }

  #run(open: (partition: AssignedPartition | DerivedPartition) => void): void {
    this.#phase = this.#isDraining ? 'draining' : 'running';
    for (const partition of this.#partitions) open(partition);
    // What is left of them is for the next owner.
    if (!this.#isDraining) for (const derived of this.#derived) open(derived);
    this.changed();
  }

  /** Whether messages that were not delivered take back all that it has not committed: its state is one, and so is what runs as an attempt of the whole group. */
  goesBackWhole(undelivered: readonly Undelivered[]): boolean {
    return undelivered.some((at) => this.covers(at) && (this.state !== undefined || at.from < 0));
  }

  /** Gives up what runs of it: whatever finishes later does not count. */
  abandon(why: Error): void {
    for (const each of [...this.#partitions, ...this.#derived]) each.abandon(why);
  }

  /** The consumer group has what was noted. */
  hasCommitted({ partitions, positions }: GroupProgress): void {
    for (const each of partitions) each.partition.hasCommitted(each);
    for (const position of positions)
      for (const partition of this.#partitions) if (partition.topic === position.topic) partition.hasNoted(position);
    for (const derived of this.#derived) derived.hasCommitted();
  }
}

/** Whether the consumer group has come anywhere, or is to be taken as if it had. */
function hasOffset(positions: readonly GroupPosition[] | undefined): boolean {
  return positions === undefined || positions.some(({ offset }) => offset >= 0);
}

/** @throws StateError `CHANGELOG_REPLACED` */
function mustBeTheSame(
  logs: ReadonlyMap<string, string>,
  positions: readonly GroupPosition[],
  partitions: readonly AssignedPartition[],
): void {
  const replaced = new Set(positions.flatMap(({ metadata }) => replacedLogs(readLogs(metadata), logs)));
  if (replaced.size > 0) throw changelogReplaced([...replaced].sort(), partitions);
}

/** What was counted before the offsets would be missing in silence. */
function changelogReplaced(changelogs: readonly string[], partitions: readonly AssignedPartition[]): StateError {
  const at = partitions.map(({ topic, partition }) => formatPosition({ topic, partition })).join(', ');
  return new StateError(
    `${changelogs.join(', ')} ${changelogs.length === 1 ? 'was' : 'were'} deleted and made anew, and the consumer group still has the offsets of ${at}: what the tables had of the events before these is gone. Read these events again with \`weir reset\` or another \`version\` of the app, or start once with --accept-reset to go on with what is there now`,
    { code: 'CHANGELOG_REPLACED' },
  );
}

/** Every event would be counted a second time. */
function withoutOffsets(partitions: readonly AssignedPartition[]): StateError {
  const at = partitions.map(({ topic, partition }) => formatPosition({ topic, partition })).join(', ');
  return new StateError(
    `the tables of ${at} hold something, and the consumer group has no offset for it: the offsets have expired or were deleted, and every event that is still there would be counted a second time. Begin anew with \`weir reset\` or another \`version\` of the app, or start once with --accept-reset to count on top of what is there`,
    { code: 'STATE_WITHOUT_OFFSETS' },
  );
}
