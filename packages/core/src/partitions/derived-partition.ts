import type { Undelivered } from '../checkpoints/index.js';
import type { DerivedSource, Lane } from '../lanes/index.js';
import type { TopicPartition } from '../positions/index.js';

/** Events that a lane is given at once; more only when it has fewer than that. */
const batchMax = 500;

/** What a partition group derives of one kind: lanes of its agents, and what they are fed from. It has no offsets: what its events stand for is state. */
export class DerivedPartition implements TopicPartition {
  readonly topic: string;
  #lanes: readonly Lane[] = [];

  constructor(
    readonly source: DerivedSource,
    readonly partition: number,
    private readonly open: (at: TopicPartition) => readonly Lane[],
  ) {
    this.topic = source.topic;
  }

  get lanes(): readonly Lane[] {
    return this.#lanes;
  }

  /** Whether messages of one of its events were not delivered. */
  covers(at: Pick<Undelivered, 'topic' | 'partition'>): boolean {
    return at.topic === this.topic && at.partition === this.partition;
  }

  /** Begins with fresh lanes, or again after a rewind. @param isolated what runs in isolation; of all what is not known: until the next commit */
  restart(isolated: readonly Undelivered[] | 'all'): void {
    if (this.#lanes.length > 0) return;
    const { topic, partition } = this;
    this.#lanes = this.open({ topic, partition });
    for (const lane of this.#lanes)
      if (isolated === 'all') lane.isolate(0, Number.POSITIVE_INFINITY);
      else for (const { agent, from, to } of isolated) if (agent === lane.agent) lane.isolate(from, to);
    this.feed();
  }

  /** Gives the lanes what is due, while they have room. */
  feed(): void {
    while (this.#lanes.length > 0 && this.#lanes.every(({ backlog }) => backlog.messages < batchMax)) {
      const batch = this.source.next(batchMax);
      if (batch === undefined) return;
      for (const lane of this.#lanes) lane.accept(batch);
    }
  }

  /** What was done by now is committed. */
  hasCommitted(): void {
    for (const lane of this.#lanes) lane.endIsolation(Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
  }

  stop(): void {
    for (const lane of this.#lanes) lane.stop();
  }

  async quiet(): Promise<void> {
    await Promise.all(this.#lanes.map((lane) => lane.quiet()));
  }

  abandon(why: Error): void {
    for (const lane of this.#lanes) lane.abandon(why);
  }

  /** Gives up what is not committed. */
  rewind(why: Error): void {
    this.abandon(why);
    this.#lanes = [];
  }
}
