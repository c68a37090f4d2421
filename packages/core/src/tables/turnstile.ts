import { type Attempt, Overtaken } from '../attempts/index.js';

/** How often an attempt of an event is overtaken before it goes through alone. */
const overtakenMax = 2;

/**
 * Lets one attempt of a partition group go through at a time that must not be overtaken any more. Others may read and go on meanwhile, and succeed where they
 * change nothing.
 */
export class Turnstile {
  #holder: object | undefined;
  readonly #waiting: (() => void)[] = [];
  /** How often attempts were overtaken, by agent and offset. */
  readonly #overtaken = new Map<string, number>();

  /** Resolves when the one that holds it has left; undefined where that is nobody else. */
  busyFor(holder: object): Promise<void> | undefined {
    if (this.#holder === undefined || this.#holder === holder) return undefined;
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Holds it until it leaves. */
  enter(holder: object): void {
    this.#holder = holder;
  }

  leave(holder: object): void {
    if (this.#holder !== holder) return;
    this.#holder = undefined;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  /** The attempts of its group were given up, whoever holds it. Their events run again, and those that were overtaken are so for as often: else they may be for ever. */
  reset(): void {
    if (this.#holder !== undefined) this.leave(this.#holder);
  }

  /** Whether an attempt must not be overtaken from its beginning: it has sent already, or was overtaken too often. */
  isInsisting(attempt: Attempt): boolean {
    return attempt.hasSent || (this.#overtaken.size > 0 && (this.#overtaken.get(nameOf(attempt)) ?? 0) >= overtakenMax);
  }

  /** @returns what says so */
  overtook(attempt: Attempt, until?: Promise<void>): Overtaken {
    this.#overtaken.set(nameOf(attempt), (this.#overtaken.get(nameOf(attempt)) ?? 0) + 1);
    return new Overtaken(until);
  }

  wentThrough(attempt: Attempt): void {
    if (this.#overtaken.size > 0) this.#overtaken.delete(nameOf(attempt));
  }
}

function nameOf({ lane: { agent, topic }, from }: Attempt): string {
  return `${agent.name} ${topic} ${from}`;
}
