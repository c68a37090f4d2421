import type { Lane } from './lane.js';
import type { Runner } from './runner.js';
import { Turn } from './turn.js';

/** One event at a time, in order. A synchronous handler costs no promise. */
export class Sequential implements Runner {
  readonly isGathering = false;
  readonly hasTaken = false;
  readonly #lane: Lane;
  #isBusy = false;

  constructor(lane: Lane) {
    this.#lane = lane;
  }

  wake(): void {
    if (!this.#isBusy) void this.#run();
  }

  stop(): void {}

  drop(): void {}

  async #run(): Promise<void> {
    const lane = this.#lane;
    const { name } = lane.outputs;
    let turn = new Turn();
    this.#isBusy = true;
    for (let event = lane.next(); event !== undefined; event = lane.next()) {
      const pending = lane.process(event);
      if (pending !== undefined) await pending;
      if (lane.outputs.name !== name) break;
      if (!turn.isOver()) continue;
      await new Promise(setImmediate);
      turn = new Turn();
    }
    this.#isBusy = false;
    if (lane.outputs.name !== name) lane.wake();
    else lane.context.moved();
  }
}
