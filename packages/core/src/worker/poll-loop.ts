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

  constructor(parts: PollLoopParts) {
    this.#parts = parts;
  }

  /** Polls until `end`. Rejects when the consumer does. */
  async run(): Promise<void> {
    const { consumer, producer, flow } = this.#parts;
    while (this.#isRunning) {
      const room = this.#isDispatching ? flow.room() : undefined;
      if (room !== undefined) await room;
      const batches = await consumer.poll();
      if (this.#isDispatching) for (const batch of batches) this.#parts.assignment.find(batch)?.accept(batch);
      producer.handOver();
    }
  }

  /** Gives out no further messages, but keeps the group informed. */
  stopDispatching(): void {
    this.#isDispatching = false;
    this.#parts.flow.moved();
  }

  end(): void {
    this.#isRunning = false;
    this.#parts.flow.moved();
    this.#parts.consumer.wake();
  }
}
