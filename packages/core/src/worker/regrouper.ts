import { type AgentDescription, isRegrouping, isThenable } from '../agents/index.js';
import type { Observers } from '../observers/index.js';
import type { BatchEvent, Event } from '../streams/index.js';
import type { Clock } from '../time/index.js';

/** How often it is told what is dropped. */
const tellMs = 60_000;

/** Asks the selector of a grouped source for new keys, and drops and counts what has none. */
export class Regrouper {
  readonly #name: string;
  readonly #selector: (value: unknown, event: Event) => unknown;
  readonly #clock: Clock;
  readonly #observers: Observers;
  #keyless = 0;
  #tombstones = 0;
  #told = Number.NEGATIVE_INFINITY;

  constructor({ name, run }: Pick<AgentDescription & { readonly kind: 'event' }, 'name' | 'run'>, clock: Clock, observers: Observers) {
    this.#name = name;
    this.#selector = run;
    this.#clock = clock;
    this.#observers = observers;
  }

  /** The new key of an event; undefined when it is dropped. */
  readonly run = (value: unknown, event: Event): unknown => {
    if (value === null && isTombstone(event)) {
      this.#tombstones++;
      return this.#tell();
    }
    const key = this.#selector(value, event);
    if (key === undefined || key === null) {
      this.#keyless++;
      return this.#tell();
    }
    if (isThenable(key)) throw promised(this.#name, key);
    return key;
  };

  #tell(): undefined {
    const now = this.#clock.now();
    if (now - this.#told < tellMs) return;
    this.#told = now;
    this.#observers.tell('dropped', { agent: this.#name, keyless: this.#keyless, tombstones: this.#tombstones });
  }
}

/** A codec may read null from a value that is there. */
function isTombstone(event: Event): boolean {
  const { batch, index } = event as BatchEvent;
  return batch.value(index) === null;
}

function promised(name: string, key: PromiseLike<unknown>): TypeError {
  key.then(undefined, () => undefined);
  return new TypeError(`the selector of ${name} gave a promise, and nobody waits for it. Return the new key at once`);
}

/** An agent as it runs: one that moves events counts what it drops. */
export function withRegrouper(agent: AgentDescription, clock: Clock, observers: Observers): AgentDescription {
  if (agent.kind !== 'event' || agent.sinks?.some(isRegrouping) !== true) return agent;
  return { ...agent, run: new Regrouper(agent, clock, observers).run };
}
