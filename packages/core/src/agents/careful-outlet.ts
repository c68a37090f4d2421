import { AsyncLocalStorage } from 'node:async_hooks';
import { LifecycleError, type Position } from '../errors/index.js';
import type { Outlet } from '../topics/index.js';
import type { HeaderPair, Outgoing, Payload } from '../transport/index.js';
import { laneScope } from './lane-scope.js';

/** The deliveries that one event asked for. */
type Deliveries = Set<Promise<unknown>>;

/**
 * The way out of the worker. In the ordinary way messages go straight to the producer and a checkpoint waits for all of them together.
 * When a message was refused nobody knows which event asked for it: the lanes are rewound and run *carefully*, each event waiting for
 * its own deliveries, until the one that fails is found and handed to the error policy.
 */
export class CarefulOutlet implements Outlet {
  readonly #producer: Outlet;
  readonly #deliveries = new AsyncLocalStorage<Deliveries>();
  readonly #isExact: boolean;
  #careful = 0;

  /** @param isExact refuses what handlers send that were given up */
  constructor(producer: Outlet, isExact = false) {
    this.#producer = producer;
    this.#isExact = isExact;
  }

  /** Messages of which it is not known whose they are. */
  unscoped = 0;

  #count(): void {
    if (!this.#isExact) return;
    const scope = laneScope.getStore();
    if (scope?.isAbandoned)
      throw new LifecycleError(
        'this handler was given up and its event runs again elsewhere: what it sends no longer counts. Heed event.signal',
      );
    if (scope === undefined) this.unscoped++;
    else scope.sent++;
  }

  append(topic: string, key: Payload, value: Payload, partition?: number, timestamp?: number, headers?: readonly HeaderPair[]): void {
    this.#count();
    const deliveries = this.#careful === 0 ? undefined : this.#deliveries.getStore();
    if (deliveries === undefined) this.#producer.append(topic, key, value, partition, timestamp, headers);
    else deliveries.add(this.#producer.send({ topic, key, value, partition, timestamp, headers }));
  }

  send(message: Outgoing): Promise<Position> {
    this.#count();
    const sending = this.#producer.send(message);
    if (this.#careful > 0) this.#deliveries.getStore()?.add(sending);
    return sending;
  }

  /** Runs an action and resolves when what it sent is delivered; rejects with the first failure, its own or a delivery's. */
  async carefully(action: () => unknown): Promise<void> {
    const deliveries: Deliveries = new Set();
    this.#careful++;
    try {
      await this.#deliveries.run(deliveries, async () => action());
      await Promise.all(deliveries);
    } finally {
      this.#careful--;
      for (const delivery of deliveries) delivery.catch(() => undefined);
    }
  }
}
