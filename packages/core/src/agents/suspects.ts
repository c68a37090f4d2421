import { AgentError, formatPosition, reason } from '../errors/index.js';
import type { BatchEvent } from '../streams/index.js';
import { type Blame, type CrashWatch, type Hand, runsSeveral } from './agent.js';
import type { Lane } from './lane.js';
import { setAside } from './recover.js';
import { Trail, trails } from './trail.js';

const blameless: Blame = { crashes: 0, weight: 0, isLate: false };

/** The events of a lane that were in hand when the process ended: their tries run alone, and one that was so too often is tried no more. */
export class Suspects {
  readonly #lane: Lane;
  readonly #watch: CrashWatch;
  readonly #hand: Hand;
  #giveUp: (why: Error) => void = () => {};
  readonly #givenUp = new Promise<never>((_, reject) => {
    this.#giveUp = reject;
  });

  constructor(lane: Lane, watch: CrashWatch) {
    this.#givenUp.catch(() => undefined);
    this.#lane = lane;
    this.#watch = watch;
    this.#hand = watch.open(lane.agent.name, lane.at, lane.tracker, runsSeveral(lane.agent));
  }

  /** The offset after the last of them; 0 without any. */
  get until(): number {
    return this.#hand.suspectUntil;
  }

  /** Whether handlers are to leave trails. */
  get isNoting(): boolean {
    return this.#hand.isNoting;
  }

  /** Has what a loop does next leave a trail: the events are known when it is given them. Undefined where none is left. */
  nextTrail(): Trail | undefined {
    if (!this.isNoting) return undefined;
    const trail = new Trail(this.#hand);
    trails.enterWith(trail);
    return trail;
  }

  /** Told by a lane that runs several events at once: one is in hand from here on. */
  begins(event: BatchEvent): void {
    this.#hand.begins(event.offset);
  }

  ends(event: BatchEvent): void {
    this.#hand.ends(event.offset);
  }

  /** Runs an event, or several up to a last one, unless it has ended the process too often. */
  runOrNot(event: BatchEvent, run: () => Promise<void> | undefined, last: BatchEvent): Promise<void> | undefined {
    const { crashes, weight } = this.#blame(event);
    if (crashes === 0) return this.#inTrail(event, last, run);
    const lane = this.#lane;
    if (weight >= lane.agent.errors.crashes) return this.#setAsideUntried(event, crashes);
    const about = { agent: lane.agent.name, at: formatPosition(event), crashes };
    lane.context.logger.debug(about, 'the process has ended with this event in hand');
    return this.#inTrail(event, last, run);
  }

  #inTrail<T>(first: BatchEvent, last: BatchEvent, run: () => T): T {
    return this.isNoting ? trails.run(new Trail(this.#hand).covers(first.offset).covers(last.offset), run) : run();
  }

  /** Makes a try of an event. One that is suspected has the process to itself; between its tries it is not in hand, and keeps no other from its own. */
  async try(event: BatchEvent, attempt: () => Promise<void>): Promise<void> {
    if (this.#blame(event).crashes === 0) return attempt();
    // Until it is its turn it waits as for a retry: a transaction need not wait for all those before it.
    this.#lane.backingOff(event, true);
    const ready = () => this.#lane.rest.begins(() => this.#lane.backingOff(event, false));
    return this.#watch.alone(this.#hand, event.offset, ready, () => this.#unlessGivenUp(attempt));
  }

  /** The lane has been given up: what it has in hand no longer counts. */
  close(why: Error): void {
    this.#giveUp(why);
    this.#hand.close();
  }

  /** A try that never ends keeps others waiting only for as long as its lane counts. */
  #unlessGivenUp(attempt: () => Promise<void>): Promise<void> {
    return this.#lane.isAbandoned ? this.#givenUp : Promise.race([this.#givenUp, attempt().catch(lookAt)]);
  }

  #blame({ offset }: BatchEvent): Blame {
    return offset < this.until ? this.#hand.blame(offset) : blameless;
  }

  async #setAsideUntried(event: BatchEvent, crashes: number): Promise<void> {
    const lane = this.#lane;
    lane.enter(event);
    const recovery = await setAside(lane, event, crashed(lane.agent.name, event, crashes), crashes);
    lane.failures.end(event, recovery);
    lane.leave(event);
    // The next one may end the process before a commit is due, and this one would be set aside once more. In a transaction it cannot be.
    if (recovery === 'finished' && lane.context.transaction === undefined) await lane.context.commit();
  }
}

/** A failure may end the process when it is looked at: also that belongs to its event. */
function lookAt(failure: unknown): never {
  reason(failure);
  throw failure;
}

function crashed(agent: string, event: BatchEvent, crashes: number): AgentError {
  return new AgentError(agent, event.position, {
    cause: `the process ended ${crashes} times while it was in hand`,
    code: 'INPUT_CRASHES',
    remedy: 'It is not tried again',
  });
}
