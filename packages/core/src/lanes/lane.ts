import { type BoundAgent, runsSeveral } from '../agents/index.js';
import type { CompletedOffsets } from '../positions/index.js';
import { formatPosition, type TopicPartition } from '../positions/index.js';
import type { Batch } from '../transport/index.js';
import { Intake } from './intake.js';
import type { LaneContext } from './lane-context.js';
import { LaneSource } from './lane-source.js';
import { LaneWork } from './lane-work.js';
import { Batched } from './runners/batched.js';
import { Concurrent } from './runners/concurrent.js';
import type { Runner } from './runners/runner.js';
import { Sequential } from './runners/sequential.js';
import { Streaming } from './runners/streaming.js';
import type { InFlight } from './running.js';
import { Signals } from './signals.js';

/** What a lane has to do at this moment. */
export interface LaneLoad {
  /** Events that wait and could run at once. */
  readonly waiting: number;
  /** Runs of its handlers that do not wait for the clock. A loop has one, whatever it holds. */
  readonly running: number;
}

/** The path of one assigned partition through one agent: what comes in, which event runs when, and what becomes of it. */
export class Lane {
  readonly #work: LaneWork;
  readonly #intake: Intake;
  readonly #runner: Runner;

  /** @param agents how many read the topic */
  constructor(agent: BoundAgent, at: TopicPartition, context: LaneContext, agents: number) {
    const signals = new Signals(agent, context.clock);
    this.#intake = new Intake(agent, at, context, new LaneSource(agent, context, signals), agents, () => this.wake());
    const guard = context.crashes?.open(agent.name, at, () => this.#intake.tracker.unfinishedRange);
    for (const { from, to } of guard?.isolated ?? []) this.#intake.isolated.add(from, to);
    this.#work = new LaneWork(agent, at, context, this.#intake, signals, guard);
    this.#runner = runnerOf(this.#work);
    this.#work.whenRoom(() => this.wake());
  }

  get agent(): string {
    return this.#work.agent.name;
  }

  /** Takes messages of this partition, in order, to be run at the lane's own pace. */
  accept(batch: Batch): void {
    if (this.#work.isStopped) return;
    this.#intake.push(batch);
    this.wake();
  }

  /** Runs what may run: retries that are due before what was not tried yet. */
  wake(): void {
    this.#work.admit();
    this.#runner.wake();
  }

  /** A transaction waits for what its unfinished attempts have in it: arrays that wait for more events are run as they are. */
  hurry(): void {
    this.#runner.hurry?.();
  }

  /** Takes no further event for ever; what waits is left to the next owner. Retries that wait are given up. */
  stop(): void {
    if (this.#work.isStopped) return;
    this.#runner.stop();
    this.#work.stop();
    this.wake();
  }

  /** Lets no attempt begin until `release`. Resolves when none runs. */
  hold(): Promise<void> {
    this.#intake.isHeld = true;
    return this.#work.idle();
  }

  release(): void {
    this.#intake.isHeld = false;
    this.wake();
  }

  /** Resolves when no event is in flight. */
  quiet(): Promise<void> {
    return this.#work.quiet();
  }

  /** Gives up what runs: signals are aborted, and whatever finishes later no longer counts. */
  abandon(why: Error): void {
    this.#work.stop();
    this.#work.abandon(why);
  }

  get isAbandoned(): boolean {
    return this.#work.isAbandoned;
  }

  /** What was completed before this lane began is passed over. */
  passOver(completed: CompletedOffsets): void {
    this.#intake.passOver(completed);
  }

  /** What it has completed, also beyond events that are unfinished. */
  get completed(): CompletedOffsets {
    return this.#intake.completed;
  }

  /** The next offset to read after a restart: everything below it is finished. Undefined until the first event is. */
  get committable(): number | undefined {
    return this.#intake.tracker.committable;
  }

  /** Has events run in isolation, from one offset to another. */
  isolate(from: number, to: number): void {
    this.#intake.isolated.add(from, to);
  }

  /** Everything below an offset is committed: isolation goes no further than to the last message that has come. */
  endIsolation(committed: number, deliveredTo: number): void {
    this.#intake.isolated.endAt(committed, deliveredTo);
  }

  /** Grows with every event that is finished. */
  get finished(): number {
    return this.#intake.tracker.finished;
  }

  /** Messages that have not begun, and the bytes of their batches. */
  get backlog(): { readonly messages: number; readonly bytes: number } {
    const { waiting, bytes } = this.#intake.queue;
    return { messages: waiting, bytes };
  }

  /** Whether it waits for events of other topics that are earlier. */
  get isAhead(): boolean {
    return this.#intake.isAhead;
  }

  get isIdle(): boolean {
    return this.#intake.queue.waiting === 0 && this.#work.inFlight === 0;
  }

  get load(): LaneLoad {
    const { inFlight, waitingForClock, agent } = this.#work;
    const isBlocked = inFlight > 0 || waitingForClock > 0 || this.#runner.holdsBack || this.#intake.isAhead || !this.#intake.admits;
    const events = Math.max(0, inFlight - waitingForClock);
    return { waiting: isBlocked ? 0 : this.#intake.queue.waiting, running: runsSeveral(agent) ? events : Math.min(1, events) };
  }

  /** The handlers that have not settled, oldest first. */
  running(): Iterable<InFlight> {
    return this.#work.running();
  }

  toString(): string {
    return `${this.agent} on ${formatPosition(this.#work)}`;
  }
}

function runnerOf(work: LaneWork): Runner {
  const { definition } = work.agent;
  if (definition.kind === 'stream') return new Streaming(work);
  if (definition.kind === 'batch') return new Batched(work);
  return runsSeveral(work.agent) ? new Concurrent(work) : new Sequential(work);
}

/** The lanes of the agents of one partition. */
export function openLanes(agents: readonly BoundAgent[], at: TopicPartition, context: LaneContext): Lane[] {
  return agents.map((agent) => new Lane(agent, at, context, agents.length));
}
