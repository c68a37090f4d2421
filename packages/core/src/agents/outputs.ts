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
  /** Another one after each failed try. Where several events run at once each has its own. */
  #scope: LaneScope;
  /** That of the steps of a stream ahead of its arrays: they may run for an event while the loop is busy with those before. */
  #ahead: LaneScope | undefined;

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
    return this.#current.sent + this.sentAhead + this.#lane.context.outlet.unscoped;
  }

  /** Those from the steps of a stream ahead of its arrays. */
  get sentAhead(): number {
    return this.#ahead === undefined ? 0 : this.#ahead.sent;
  }

  /** Changes when a try has failed: what begins then must run in another name, see `within`. */
  get name(): object {
    return this.#scope;
  }

  /** Runs code in the name of the lane. */
  within<T>(run: () => T): T {
    return this.#isExact ? laneScope.run(this.#scope, run) : run();
  }

  /** Runs an event that others run beside in a name of its own. */
  beside<T>(run: () => T): T {
    return this.#isExact ? laneScope.run(new LaneScope(this.#lane), run) : run();
  }

  /** Runs what follows a try that has failed: another try, or setting its event aside. What is left of the one before sends nothing more. */
  afresh<T>(run: () => T): T {
    if (!this.#isExact) return run();
    return laneScope.run(this.#runsSeveral ? this.#current.renewed() : this.#scope, run);
  }

  /** Runs steps of a stream ahead of its arrays. */
  ahead<T>(run: () => T): T {
    if (!this.#isExact) return run();
    this.#ahead ??= new LaneScope(this.#lane);
    return laneScope.run(this.#ahead, run);
  }

  /** A try begins: what it sends and does not wait for is kept back until it is known how it ends. */
  stage(): void {
    if (!this.#isExact) return;
    this.#current.staged.isOpen = true;
    if (this.#ahead !== undefined) this.#ahead.staged.isOpen = true;
  }

  /** The try has succeeded: what it has sent goes out. */
  release(): void {
    if (!this.#isExact) return;
    if (this.#ahead !== undefined) this.#pass(this.#ahead);
    this.#pass(this.#current);
  }

  /** An event has come to its end that the loop has not seen. If a step ahead of arrays has dropped it, that says nothing about what the loop has sent. */
  releaseUnseen(): void {
    if (this.#ahead !== undefined && laneScope.getStore() === this.#ahead) this.#pass(this.#ahead);
    else this.release();
  }

  #pass(scope: LaneScope): void {
    scope.staged.isOpen = false;
    if (!scope.staged.isEmpty) this.#lane.context.outlet.release(scope);
  }

  /** The try has failed: what it has sent is forgotten, and what is left of it sends nothing more. */
  discard(): void {
    if (!this.#isExact) return;
    const next = this.#current.giveUp();
    if (!this.#runsSeveral) this.#scope = next;
    this.#ahead = this.#ahead?.giveUp();
  }
}
