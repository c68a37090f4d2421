import { AgentError, formatPosition } from '../errors/index.js';
import type { BatchEvent } from '../streams/index.js';
import type { CrashWatch, Hand } from './agent.js';
import type { Lane } from './lane.js';
import { setAside } from './recover.js';

/** The events of a lane that were in hand when the process ended: each runs alone, and one that has done so too often runs no more. */
export class Suspects {
  readonly #lane: Lane;
  readonly #watch: CrashWatch;
  readonly #hand: Hand;

  constructor(lane: Lane, watch: CrashWatch) {
    this.#lane = lane;
    this.#watch = watch;
    this.#hand = watch.open(lane.agent.name, lane.at, lane.tracker);
  }

  /** The offset after the last of them; 0 without any. */
  get until(): number {
    return this.#hand.suspectUntil;
  }

  runOrNot(event: BatchEvent, run: () => Promise<void> | undefined): Promise<void> | undefined {
    const crashes = event.offset < this.until ? this.#hand.crashes(event.offset) : 0;
    if (crashes === 0) return run();
    return crashes < this.#lane.agent.errors.crashes ? this.#runAlone(event, crashes, run) : this.#setAsideUntried(event, crashes);
  }

  /** The lane has been given up: what it has in hand no longer counts. */
  close(): void {
    this.#hand.close();
  }

  async #runAlone(event: BatchEvent, crashes: number, run: () => Promise<void> | undefined): Promise<void> {
    const lane = this.#lane;
    const about = { agent: lane.agent.name, at: formatPosition(event), crashes };
    lane.context.logger.warn(about, 'the process has ended with this event in hand');
    lane.inFlight++;
    await this.#watch.alone(this.#hand, event.offset, async () => {
      lane.inFlight--;
      if (!lane.isAbandoned) await run();
    });
    lane.rest.settle();
    lane.context.moved();
  }

  async #setAsideUntried(event: BatchEvent, crashes: number): Promise<void> {
    const lane = this.#lane;
    lane.enter(event);
    lane.failures.end(event, await setAside(lane, event, crashed(lane.agent.name, event, crashes), crashes));
    lane.leave(event);
  }
}

function crashed(agent: string, event: BatchEvent, crashes: number): AgentError {
  return new AgentError(agent, event.position, {
    cause: `the process ended ${crashes} times while it was in hand`,
    code: 'INPUT_CRASHES',
    remedy: 'It is not tried again',
  });
}
