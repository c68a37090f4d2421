import { rm } from 'node:fs/promises';
import type { Contestant } from '../contestants/index.js';
import { consume, disconnect } from '../kafka/clients.js';
import { committed } from '../kafka/progress.js';
import { openReader } from '../kafka/reading.js';
import { changelogTopic, partitionsOf, type TopicKeeper } from '../kafka/topics.js';
import { writeViews } from '../kafka/views.js';
import { changelogOf } from '../work/counts.js';
import { start } from './runner.js';
import { Snapshot } from './snapshot.js';

/** The disk a contestant is started on: empty, as its last stop left it, as a kill at work left it, or with an imported snapshot. */
export type Disk = 'cold' | 'warm' | 'killed' | 'imported';

/** Events that are there when it is killed. */
const killedEvents = 200_000;

export interface RecoverySample {
  /** From the start of the process to the first result. */
  readonly seconds: number;
  readonly peakRssMb: number;
  /** What the import of a snapshot took before. */
  readonly importSeconds?: number;
}

/** The state of one contestant, to be recovered again and again. */
export class Recoverable {
  readonly #contestant: Contestant;
  readonly #brokers: string;
  readonly #topics: TopicKeeper;
  readonly #group: string;
  readonly #datadir: string;
  #messages: number;
  readonly #snapshot: Snapshot;
  #outputs = 0;

  private constructor(contestant: Contestant, { brokers, topics, datadir, run, keys }: RecoverableTask) {
    this.#contestant = contestant;
    this.#brokers = brokers;
    this.#topics = topics;
    this.#group = `bench-recovery-${contestant.name}-${run}`;
    this.#datadir = datadir;
    this.#messages = keys;
    this.#snapshot = new Snapshot(this.#group, brokers, datadir);
  }

  /** Has a contestant count so many keys once, and stops it in order. */
  static async fill(contestant: Contestant, task: RecoverableTask): Promise<Recoverable> {
    const made = new Recoverable(contestant, task);
    const { topics, brokers, keys } = task;
    await topics.create(made.#input);
    await topics.create(changelogOf(made.#group), undefined, changelogTopic);
    await writeViews(brokers, made.#input, keys, keys);
    const running = start(contestant, made.#job('')).stop;
    await made.#committed();
    await running();
    return made;
  }

  get #input(): string {
    return `${this.#group}-input`;
  }

  #job(output: string) {
    return { brokers: this.#brokers, group: this.#group, input: this.#input, output, datadir: this.#datadir };
  }

  #committed(messages = this.#messages): Promise<void> {
    const goal = { brokers: this.#brokers, partitions: partitionsOf(this.#input), messages, failure: () => undefined };
    return committed(this.#group, goal);
  }

  /** One event comes, and the contestant is started. */
  async recover(disk: Disk): Promise<RecoverySample> {
    if (disk === 'killed') await this.#killAtWork();
    else if (disk !== 'warm') await rm(this.#datadir, { recursive: true, force: true });
    const importSeconds = disk === 'imported' ? await this.#snapshot.import() : undefined;
    await writeViews(this.#brokers, this.#input, 1, 1);
    this.#messages++;
    const output = `${this.#group}-output-${this.#outputs++}`;
    await this.#topics.create(output);
    const [reader, arrivals] = await openReader(this.#brokers, partitionsOf(output));
    const began = performance.now();
    const running = start(this.#contestant, this.#job(output));
    while ((await consume(reader, 1)).length === 0) {
      const failure = running.failure();
      if (failure !== undefined) throw failure;
      await arrivals.wait(100);
      arrivals.lower();
    }
    const seconds = (performance.now() - began) / 1_000;
    await this.#committed();
    const { peakRssMb } = running.usage();
    await running.stop();
    await disconnect(reader);
    await this.#topics.delete(output);
    return { seconds, peakRssMb, importSeconds };
  }

  /** Has it count events, and kills it between two commits. What it had not committed is counted again. */
  async #killAtWork(): Promise<void> {
    const before = this.#messages;
    await writeViews(this.#brokers, this.#input, killedEvents, killedEvents);
    this.#messages += killedEvents;
    const running = start(this.#contestant, this.#job(''));
    await this.#committed(before + 1);
    await running.kill();
  }

  /** Writes a snapshot of what it has on disk. */
  export(): Promise<void> {
    return this.#snapshot.export();
  }

  async delete(): Promise<void> {
    for (const topic of [this.#input, changelogOf(this.#group)]) await this.#topics.delete(topic);
  }
}

export interface RecoverableTask {
  readonly brokers: string;
  readonly topics: TopicKeeper;
  readonly datadir: string;
  readonly run: string;
  readonly keys: number;
}
