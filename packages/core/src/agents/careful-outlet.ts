import { AsyncLocalStorage } from 'node:async_hooks';
import { LifecycleError, type Position } from '../errors/index.js';
import type { Outlet } from '../topics/index.js';
import { DeliveryError, type HeaderPair, type Outgoing, type Payload, type Producer } from '../transport/index.js';
import { type LaneScope, laneScope } from './lane-scope.js';
import { isRefusal, Refusals } from './refusals.js';

/** A handler that sends something else each time is not found by what was refused before: after so many attempts everything goes alone. */
const searchesMax = 8;

/**
 * Which of its messages a try waits for: those that were refused before, all of its own, or all of its own, each sent alone so that a refusal is
 * known to be its.
 */
export type Care = 'refused' | 'own' | 'alone';

/** A try that waits for deliveries. */
interface Try {
  readonly outlet: CarefulOutlet;
  readonly care: Care;
  readonly deliveries: Set<Promise<unknown>>;
}

/** One for all workers of the process: each that is in use is felt with every promise. */
const tries = new AsyncLocalStorage<Try>();
/** How many tries there are in it. */
let triesUnderWay = 0;

/**
 * The way out of the worker. In the ordinary way messages go straight to the producer and a checkpoint waits for all of them together.
 * When a message was refused nobody knows which event asked for it: the lanes are rewound and run *carefully*, and what was refused goes alone,
 * until the event is found whose message is refused for itself, and handed to the error policy.
 */
export class CarefulOutlet implements Outlet {
  readonly refusals = new Refusals();
  readonly #producer: Outlet & Pick<Producer, 'sendAlone'>;
  readonly #isExact: boolean;
  #careful = 0;
  /** How often something was refused since everything was delivered. */
  #searches = 0;

  /** @param isExact refuses what handlers send that were given up */
  constructor(producer: Outlet & Pick<Producer, 'sendAlone'>, isExact = false) {
    this.#producer = producer;
    this.#isExact = isExact;
  }

  /** Messages of which it is not known whose they are. */
  unscoped = 0;

  /** Which messages an event waits for that runs carefully for the first time: all, where knowing what was refused has not helped. */
  get care(): Care {
    return this.#searches > searchesMax ? 'alone' : 'refused';
  }

  /**
   * Told what a flush failed with.
   * @returns whether messages were refused that would be again: whose they are must be found
   */
  refused(error: unknown): boolean {
    if (!(error instanceof DeliveryError)) return error instanceof Error && error.cause !== undefined && this.refused(error.cause);
    const failures = error.failures.filter((failure) => isRefusal(failure.error));
    if (failures.length === 0) return false;
    this.#searches++;
    this.refusals.note(failures);
    return true;
  }

  /** Told that everything was delivered. */
  delivered(): void {
    this.#searches = 0;
    // From its first use on Node follows every promise of the process, which doubles what each costs.
    if (triesUnderWay === 0) tries.disable();
  }

  /** In whose name is sent; undefined where that is not known. @throws LifecycleError when it was given up */
  #scope(): LaneScope | undefined {
    const scope = laneScope.getStore();
    if (scope?.isGivenUp)
      throw new LifecycleError(
        'this handler was given up, or has failed, and its event runs again: what it still sends does not count. Heed event.signal, and wait for all that it has begun',
      );
    return scope;
  }

  #count(scope: LaneScope | undefined): void {
    if (scope === undefined) this.unscoped++;
    else scope.sent++;
  }

  append(topic: string, key: Payload, value: Payload, partition?: number, timestamp?: number, headers?: readonly HeaderPair[]): void {
    if (this.#isExact) {
      const scope = this.#scope();
      if (scope?.staged.isOpen === true) {
        scope.staged.add({ topic, key, value, partition, timestamp, headers });
        if (scope.staged.isFull) this.#pass(scope);
        return;
      }
      this.#count(scope);
    }
    if (this.#careful === 0) this.#producer.append(topic, key, value, partition, timestamp, headers);
    else this.#appendCarefully({ topic, key, value, partition, timestamp, headers });
  }

  /** A try has succeeded: what it has sent goes out. Unless it was given up: its event runs again elsewhere. */
  release(scope: LaneScope): void {
    if (scope.isGivenUp) scope.staged.take();
    else this.#pass(scope);
  }

  #pass(scope: LaneScope): void {
    for (const message of scope.staged.take()) {
      const { topic, key, value, partition, timestamp, headers } = message;
      this.#count(scope);
      if (this.#careful === 0) this.#producer.append(topic, key, value, partition, timestamp, headers);
      else this.#appendCarefully(message);
    }
  }

  #appendCarefully(message: Outgoing): void {
    const { topic, key, value, partition, timestamp, headers } = message;
    const current = this.#current;
    if (current !== undefined && (current.care !== 'refused' || this.refusals.has(message))) void this.#send(message, current);
    else this.#producer.append(topic, key, value, partition, timestamp, headers);
  }

  /** Somebody may wait for it: it goes at once, after what was sent before it. */
  send(message: Outgoing): Promise<Position> {
    if (this.#isExact) {
      const scope = this.#scope();
      if (scope !== undefined) this.#pass(scope);
      this.#count(scope);
    }
    return this.#send(message, this.#careful === 0 ? undefined : this.#current);
  }

  /** The try that sends, if it is one of ours. */
  get #current(): Try | undefined {
    const current = tries.getStore();
    return current?.outlet === this ? current : undefined;
  }

  #send(message: Outgoing, current: Try | undefined): Promise<Position> {
    const isAlone = current?.care === 'alone' || this.refusals.has(message);
    const sending = isAlone ? this.#producer.sendAlone(message) : this.#producer.send(message);
    // Past what a promise notes of who looks at it.
    Promise.prototype.then.call(
      sending,
      () => this.refusals.forget(message),
      (error) => this.#refused(message, error as Error, isAlone),
    );
    current?.deliveries.add(sending);
    return sending;
  }

  #refused(message: Outgoing, error: Error, wasAlone: boolean): void {
    if (!isRefusal(error)) return;
    if (wasAlone) {
      this.refusals.believe(error);
      this.refusals.forget(message);
    } else this.refusals.note([{ message, error }]);
  }

  /** Runs an action and resolves when what it waits for is delivered; rejects with the first failure, its own or a delivery's. */
  async carefully(care: Care, action: () => unknown): Promise<void> {
    const deliveries = new Set<Promise<unknown>>();
    this.#careful++;
    triesUnderWay++;
    try {
      await tries.run({ outlet: this, care, deliveries }, async () => action());
      await Promise.all(deliveries);
    } finally {
      this.#careful--;
      triesUnderWay--;
      for (const delivery of deliveries) delivery.catch(() => undefined);
    }
  }
}
