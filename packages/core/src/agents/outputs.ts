import { type BoundAgent, type LaneContext, runsSeveral } from './agent.js';
import { LaneScope, laneScope } from './lane-scope.js';

/** The lane whose handlers send. */
interface SendingLane {
  readonly agent: BoundAgent;
  readonly context: LaneContext;
  readonly isAbandoned: boolean;
}

/** What the handlers of a lane send, as far as exactly-once must know: whose it is, and how its try ended. Does nothing at least once. */
export class Outputs {
  readonly #lane: SendingLane;
  readonly #isExact: boolean;
  readonly #runsSeveral: boolean;
  readonly #scope: LaneScope;

  constructor(lane: SendingLane) {
    this.#lane = lane;
    this.#isExact = lane.context.transaction !== undefined;
    this.#runsSeveral = runsSeveral(lane.agent);
    this.#scope = new LaneScope(lane);
  }

  /** The event's own where several run at once. To look it up is felt where it happens for every event. */
  get #current(): LaneScope {
    return this.#runsSeveral ? (laneScope.getStore() ?? this.#scope) : this.#scope;
  }

  /** Messages that may come from the handlers that run in this name: tells whether a failed try has left something in the transaction. */
  get soFar(): number {
    return this.#current.sent + this.#lane.context.outlet.unscoped;
  }

  /** Runs code in the name of the lane. */
  within<T>(run: () => T): T {
    return this.#isExact ? laneScope.run(this.#scope, run) : run();
  }

  /** Runs an event that others run beside in a name of its own. */
  beside<T>(run: () => T): T {
    return this.#isExact ? laneScope.run(new LaneScope(this.#lane), run) : run();
  }

  /** A try begins: what it sends and does not wait for is kept back until it is known how it ends. */
  stage(): void {
    if (this.#isExact) this.#current.staged.isOpen = true;
  }

  /** The try has succeeded: what it has sent goes out. */
  release(): void {
    if (!this.#isExact) return;
    const scope = this.#current;
    scope.staged.isOpen = false;
    if (!scope.staged.isEmpty) this.#lane.context.outlet.release(scope);
  }

  /** The try has failed: what it has sent is forgotten. */
  discard(): void {
    if (!this.#isExact) return;
    const { staged } = this.#current;
    staged.isOpen = false;
    staged.take();
  }
}
