import type { AssignedPartition, Assignment, PartitionGroup } from '../../partitions/index.js';
import type { TopicPartition } from '../../positions/index.js';
import type { Recovery } from '../../recovery/index.js';
import { type Clock, within } from '../../time/index.js';
import type { LeaderTerm, LeaderTick, Tick } from '../../topology/index.js';
import type { Consumer, GroupPosition } from '../../transport/index.js';
import type { GroupAttempts } from './group-attempts.js';

export interface LeadingParts {
  /** The topic whose partition 0 the leader has. */
  readonly lead: string;
  readonly assignment: Assignment;
  readonly attempts: GroupAttempts;
  readonly consumer: Pick<Consumer, 'committed' | 'watermarks'>;
  readonly recovery: Pick<Recovery, 'whenAnswered'>;
  readonly clock: Clock;
  readonly fail: (error: Error) => void;
}

/** How soon a partition is told where it begins. */
const toldMs = 10_000;

/** The terms in which this worker is the leader: from when the partition group of the leader's partition runs, until it is drained or given up. */
export class Leading {
  readonly #parts: LeadingParts;
  readonly #at: TopicPartition;
  readonly #listeners: ((term: LeaderTerm | undefined) => void)[] = [];
  #group: PartitionGroup | undefined;
  #beginning: AbortController | undefined;
  #term: LeaderTerm | undefined;

  constructor(parts: LeadingParts) {
    this.#parts = parts;
    this.#at = { topic: parts.lead, partition: 0 };
  }

  /** Tells of terms from now on: of one when it has begun, and when what was not committed of it was taken back; of none when it ends. */
  tell(listener: (term: LeaderTerm | undefined) => void): void {
    this.#listeners.push(listener);
    if (this.#listeners.length === 1) {
      this.#parts.assignment.whenChanged(() => this.#look());
      this.#look();
    } else if (this.#term !== undefined) listener(this.#term);
  }

  #look(): void {
    const [group] = this.#parts.assignment.groupsOf([this.#at]);
    const isOpen = group?.phase === 'running' || group?.phase === 'rewinding';
    if (this.#group !== undefined && (group !== this.#group || !isOpen)) this.#end();
    if (group?.phase !== 'running') return;
    if (this.#term !== undefined) this.#tell();
    else if (this.#group === undefined) this.#begin(group);
  }

  #begin(group: PartitionGroup): void {
    const { assignment, fail } = this.#parts;
    const partition = assignment.find(this.#at);
    if (partition === undefined) return;
    const beginning = new AbortController();
    this.#group = group;
    this.#beginning = beginning;
    this.#position(partition, beginning.signal).then(
      (position) => {
        if (beginning.signal.aborted) return;
        partition.beginsAt(position);
        this.#term = new Term(group, partition, this.#parts);
        this.#tell();
      },
      (error) => {
        if (!beginning.signal.aborted) fail(error);
      },
    );
  }

  /** Where the consumer group has come to, and what is noted there; the beginning of the log where it has come nowhere. */
  async #position(partition: AssignedPartition, signal: AbortSignal): Promise<GroupPosition> {
    const { consumer, recovery, clock } = this.#parts;
    const [position] = await recovery.whenAnswered(() => consumer.committed([this.#at]), signal);
    if (position.offset >= 0) {
      // What else is noted there must be known to the partition before it is committed again. One that begins elsewhere is not told.
      if (partition.held === undefined) await within(clock, toldMs, partition.told, undefined);
      return position;
    }
    const { low } = await recovery.whenAnswered(() => consumer.watermarks(this.#at), signal);
    return { ...position, offset: low };
  }

  #end(): void {
    this.#beginning?.abort();
    this.#group = undefined;
    if (this.#term === undefined) return;
    this.#term = undefined;
    this.#tell();
  }

  #tell(): void {
    for (const listener of this.#listeners) listener(this.#term);
  }
}

class Term implements LeaderTerm {
  readonly #group: PartitionGroup;
  readonly #partition: AssignedPartition;
  readonly #parts: Pick<LeadingParts, 'attempts' | 'clock'>;

  constructor(group: PartitionGroup, partition: AssignedPartition, parts: Pick<LeadingParts, 'attempts' | 'clock'>) {
    this.#group = group;
    this.#partition = partition;
    this.#parts = parts;
  }

  over(name: string): number | undefined {
    return this.#partition.ticks.of(name);
  }

  note(name: string, time: number): void {
    this.#partition.ticks.note(name, time);
  }

  run({ name, time, isAgain = false }: LeaderTick, run: (tick: Tick) => unknown): Promise<boolean> {
    const { attempts, clock } = this.#parts;
    const succeeded = () => {
      if (time !== undefined) this.note(name, time);
    };
    const tick = (signal: AbortSignal) => ({ time: time ?? clock.now(), signal });
    return attempts.run(this.#group, { name, isIsolated: isAgain, run, succeeded }, tick);
  }
}
