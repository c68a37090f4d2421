import { reason } from '../../errors/index.js';
import { type Cancel, inRounds } from '../../time/index.js';
import type { GroupSurroundings, GroupTables } from '../group-tables.js';

/** After how long a copy that could not be had is tried again, in milliseconds. */
const lookMs = 60_000;

/** The partition groups of a set of topics, some of whose tables are copied. */
export interface CopiedSet {
  readonly name: string;
  /** How many there are, once that is known. */
  readonly partitions: () => number;
  /** Opens the copies of a group. */
  readonly open: (number: number, around: GroupSurroundings) => GroupTables;
}

/** The copies of one group, and what gives them up. */
interface Copy {
  readonly group: GroupTables;
  readonly closing: AbortController;
}

/**
 * Keeps copies of the shards that other workers have, each in the store of its group: who takes the group over goes on with that. A group has one or the other at any
 * time. One after another is brought to what there is, and followed from there. What fails ends nobody: it is tried again.
 */
export class Standbys {
  readonly #set: CopiedSet;
  readonly #copies = new Map<number, Copy>();
  /** How many groups of a number are ours, or not let go of. */
  readonly #owned = new Map<number, number>();
  #around: GroupSurroundings | undefined;
  #cancel: Cancel = () => undefined;
  #looking: Promise<void> | undefined;
  #isToLookAgain = false;

  constructor(set: CopiedSet) {
    this.#set = set;
  }

  start(around: GroupSurroundings): void {
    this.#around = around;
    this.#cancel = inRounds(around.clock, lookMs, () => this.#look());
    void this.#look();
  }

  stop(): void {
    this.#around = undefined;
    this.#cancel();
    for (const number of this.#copies.keys()) this.#giveUp(number);
  }

  /** A group is opened that is ours: it waits until the store is free. */
  taken(number: number): void {
    this.#owned.set(number, (this.#owned.get(number) ?? 0) + 1);
    this.#giveUp(number);
  }

  /** It has let go of its store. */
  returned(number: number): void {
    this.#owned.set(number, (this.#owned.get(number) ?? 0) - 1);
    void this.#look();
  }

  /** Looks which groups have no copy; while it does, once more afterwards. */
  async #look(): Promise<void> {
    this.#isToLookAgain = this.#looking !== undefined;
    this.#looking ??= this.#copyAll().finally(() => {
      this.#looking = undefined;
    });
    await this.#looking;
    if (!this.#isToLookAgain) return;
    this.#isToLookAgain = false;
    await this.#look();
  }

  async #copyAll(): Promise<void> {
    for (let number = 0; number < this.#set.partitions() && this.#around !== undefined; number++)
      if ((this.#owned.get(number) ?? 0) === 0 && !this.#copies.has(number)) await this.#copy(number, this.#around);
  }

  async #copy(number: number, around: GroupSurroundings): Promise<void> {
    const closing = new AbortController();
    const failed = (error: unknown) => {
      if (closing.signal.aborted) return;
      around.logger.warn({ error: reason(error) }, `there is no copy of ${this.#set.name} ${number} for now: it is tried again`);
      this.#giveUp(number);
    };
    const group = this.#set.open(number, { ...around, fail: failed });
    this.#copies.set(number, { group, closing });
    await group.recover(closing.signal).catch(failed);
  }

  #giveUp(number: number): void {
    const copy = this.#copies.get(number);
    this.#copies.delete(number);
    copy?.closing.abort();
    void copy?.group.close();
  }
}
