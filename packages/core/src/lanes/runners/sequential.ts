import type { LaneWork } from '../lane-work.js';
import { EventHandling } from './event-handling.js';
import type { Runner } from './runner.js';
import { Turn } from './turn.js';

/** One event at a time, in order. */
export class Sequential implements Runner {
  readonly holdsBack = false;
  readonly #work: LaneWork;
  readonly #handling: EventHandling;
  #isBusy = false;

  constructor(work: LaneWork) {
    this.#work = work;
    this.#handling = new EventHandling(work);
  }

  wake(): void {
    if (!this.#isBusy) void this.#run();
  }

  stop(): void {}

  async #run(): Promise<void> {
    const { intake, context } = this.#work;
    let turn = new Turn();
    this.#isBusy = true;
    for (let event = intake.next(); event !== undefined; event = intake.next()) {
      const pending = this.#handling.process(event);
      if (pending !== undefined) await pending;
      if (!turn.isOver()) continue;
      await new Promise(setImmediate);
      turn = new Turn();
    }
    this.#isBusy = false;
    context.moved();
  }
}
