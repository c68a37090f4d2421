import type { Batch, Consumer, Producer } from '../transport/index.js';
import type { AssignedPartition } from './assigned-partition.js';
import type { Assignment } from './assignment.js';
import type { Flow } from './flow.js';
import type { PartitionerCheck } from './partitioner-check.js';

/** What a poll loop works on. */
export interface PollLoopParts {
  readonly consumer: Consumer;
  readonly producer: Producer;
  readonly assignment: Assignment;
  readonly flow: Flow;
  /** Missing where no table goes by where keys lie. */
  readonly partitioners?: PartitionerCheck;
  /** Told when a partition gives messages from before those it gave last. */
  readonly wentBack: () => void;
}

/** Asks for messages and gives them to their lanes, over and over. It waits for room, never for a handler. */
export class PollLoop {
  readonly #parts: PollLoopParts;
  #isRunning = true;
  #isDispatching = true;
  #resumed: Promise<void> | undefined;
  #resume = () => {};
  readonly #resting: (() => void)[] = [];
  #isWaiting = false;
  #hasEnded = false;

  constructor(parts: PollLoopParts) {
    this.#parts = parts;
  }

  /** Polls until `end`. Rejects when the consumer does. */
  async run(): Promise<void> {
    try {
      await this.#run();
    } finally {
      this.#hasEnded = true;
      this.#rest();
    }
  }

  async #run(): Promise<void> {
    const { consumer, flow } = this.#parts;
    let asked: Promise<readonly Batch[]> | undefined;
    while (this.#isRunning || asked !== undefined) {
      if (asked === undefined) {
        const room = this.#isDispatching ? flow.room() : undefined;
        if (room !== undefined) await this.#wait(room);
        await this.#turn();
        if (!this.#isRunning) return;
      }
      const batches = await (asked ?? consumer.poll());
      // The client works on the next answer while the handlers run. An answer is given out as soon as it is there, never kept over a wait.
      asked = batches.length > 0 && this.#mayAskAhead() ? consumer.poll() : undefined;
      this.#giveOut(batches);
    }
  }

  /** Waits for room. Nothing is under way meanwhile. */
  async #wait(room: Promise<void>): Promise<void> {
    this.#isWaiting = true;
    this.#rest();
    await room;
    this.#isWaiting = false;
  }

  #mayAskAhead(): boolean {
    return this.#isRunning && this.#isDispatching && this.#resumed === undefined && this.#parts.flow.hasRoom;
  }

  #giveOut(batches: readonly Batch[]): void {
    const { producer, assignment } = this.#parts;
    if (this.#isDispatching) for (const batch of batches) this.#give(assignment.find(batch), batch);
    producer.handOver();
  }

  #give(partition: AssignedPartition | undefined, batch: Batch): void {
    if (partition === undefined || batch.length === 0) return;
    this.#parts.partitioners?.look(batch);
    if (batch.offset(0) < partition.position) this.#parts.wentBack();
    partition.accept(batch);
  }

  /** Waits while the loop is suspended; whoever suspended it hears that nothing is under way. */
  async #turn(): Promise<void> {
    while (this.#resumed !== undefined && this.#isRunning) {
      this.#rest();
      await this.#resumed;
    }
  }

  #rest(): void {
    for (const resolve of this.#resting.splice(0)) resolve();
  }

  /** Asks for no more messages until `resume`. Resolves when those that were asked for have been given out: from then on a seek finds none under way. */
  async suspend(): Promise<void> {
    if (this.#hasEnded) return;
    this.#resumed ??= new Promise((resolve) => {
      this.#resume = resolve;
    });
    if (this.#isWaiting) return;
    const rested = new Promise<void>((resolve) => this.#resting.push(resolve));
    this.#parts.flow.moved();
    this.#parts.consumer.wake();
    await rested;
  }

  resume(): void {
    this.#resumed = undefined;
    this.#resume();
  }

  /** Gives out no further messages, but keeps the group informed. */
  stopDispatching(): void {
    this.#isDispatching = false;
    this.#parts.flow.moved();
  }

  end(): void {
    this.#isRunning = false;
    this.resume();
    this.#parts.flow.moved();
    this.#parts.consumer.wake();
  }
}
