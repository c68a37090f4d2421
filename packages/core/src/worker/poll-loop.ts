import type { Consumer, Producer } from '../transport/index.js';
import type { Assignment } from './assignment.js';
import type { Flow } from './flow.js';

/** What a poll loop works on. */
export interface PollLoopParts {
  readonly consumer: Consumer;
  readonly producer: Producer;
  readonly assignment: Assignment;
  readonly flow: Flow;
}

/** Asks for messages and gives them to their lanes, over and over. It waits for room, never for a handler. */
export class PollLoop {
  readonly #parts: PollLoopParts;
  #isRunning = true;
  #isDispatching = true;
  #resumed: Promise<void> | undefined;
  #resume = () => {};
  #current: Promise<void> = Promise.resolve();

  constructor(parts: PollLoopParts) {
    this.#parts = parts;
  }

  /** Polls until `end`. Rejects when the consumer does. */
  async run(): Promise<void> {
    const { flow } = this.#parts;
    while (this.#isRunning) {
      const room = this.#isDispatching ? flow.room() : undefined;
      if (room !== undefined) await room;
      while (this.#resumed !== undefined) await this.#resumed;
      this.#current = this.#poll();
      await this.#current;
    }
  }

  async #poll(): Promise<void> {
    const { consumer, producer, assignment } = this.#parts;
    const batches = await consumer.poll();
    if (this.#isDispatching) for (const batch of batches) assignment.find(batch)?.accept(batch);
    producer.handOver();
  }

  /** Asks for no more messages until `resume`. Resolves when those that were asked for have been given out: from then on a seek finds none under way. */
  async suspend(): Promise<void> {
    this.#resumed ??= new Promise((resolve) => {
      this.#resume = resolve;
    });
    this.#parts.flow.moved();
    this.#parts.consumer.wake();
    await this.#current.catch(() => undefined);
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
