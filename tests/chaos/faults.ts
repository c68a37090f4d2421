import { setTimeout as sleep } from 'node:timers/promises';
import type { StartedKafka } from '../../scripts/kafka.mjs';
import type { Fleet } from './fleet.js';
import type { Step } from './plan.js';
import type { Watch } from './watch.js';

/** A broker that was away may need a moment until its groups and transactions are ready again. */
const settledMs = 5_000;

/** Does what the plan says, to whom it can be done. */
export class Faults {
  readonly #kafka: StartedKafka;
  readonly #nodes: number;
  readonly #fleet: Fleet;
  readonly #watch: Watch;
  readonly #least: number;
  #brokersBusy: Promise<void> | undefined;
  #brokersCalmSince = Date.now();
  #majoritySince = Date.now();
  readonly #underWay = new Set<Promise<unknown>>();
  readonly done = new Map<string, number>();
  readonly skipped: string[] = [];

  constructor(kafka: StartedKafka, nodes: number, fleet: Fleet, watch: Watch, least: number) {
    this.#kafka = kafka;
    this.#nodes = nodes;
    this.#fleet = fleet;
    this.#watch = watch;
    this.#least = least;
  }

  /** Whether a broker is away, or was until a moment ago. */
  get brokersAreDisturbed(): boolean {
    return this.#brokersBusy !== undefined || Date.now() - this.#brokersCalmSince < settledMs;
  }

  /** Since when enough brokers have been there to go on; infinite while they are not. */
  get majoritySince(): number {
    return this.#majoritySince;
  }

  /** Begins a step. Does not wait for its end. */
  begin(step: Step): void {
    const work = step.fault.includes('broker') ? this.#toBrokers(step) : this.#toWorkers(step);
    if (work === undefined) {
      this.skipped.push(step.fault);
      return;
    }
    this.done.set(step.fault, (this.done.get(step.fault) ?? 0) + 1);
    this.#watch.disturbed(step.fault);
    const underWay = work.finally(() => this.#underWay.delete(underWay));
    this.#underWay.add(underWay);
  }

  /** Resolves when everything that was begun has ended. */
  async settled(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
  }

  #toWorkers({ fault, whom, forMs }: Step): Promise<unknown> | undefined {
    if (fault === 'join') return this.#fleet.join() === undefined ? undefined : Promise.resolve();
    const { awake } = this.#fleet;
    const name = awake[Math.floor(whom * awake.length)];
    if (name === undefined) return undefined;
    if (fault === 'leave') return this.#fleet.size > this.#least ? this.#fleet.leave(name, () => this.brokersAreDisturbed) : undefined;
    if (fault === 'kill and wipe the store') return this.#fleet.kill(name, forMs, true);
    return fault === 'kill' ? this.#fleet.kill(name, forMs) : this.#fleet.halt(name, forMs);
  }

  /** One at a time: with three brokers a majority stays, except where all are meant. */
  #toBrokers(step: Step): Promise<void> | undefined {
    if (this.#brokersBusy !== undefined) return undefined;
    if (this.#nodes < 3 || step.fault === 'kill all brokers') this.#majoritySince = Number.POSITIVE_INFINITY;
    this.#brokersBusy = this.#disturb(step).finally(() => {
      this.#brokersBusy = undefined;
      this.#brokersCalmSince = Date.now();
      this.#majoritySince = Math.min(this.#majoritySince, Date.now());
    });
    return this.#brokersBusy;
  }

  async #disturb({ fault, whom, forMs }: Step): Promise<void> {
    const kafka = this.#kafka;
    const node = Math.floor(whom * this.#nodes);
    const all = Array.from({ length: this.#nodes }, (_, index) => index);
    if (fault === 'halt a broker') {
      kafka.halt(node);
      await sleep(forMs);
      kafka.goOn(node);
      return;
    }
    const away = fault === 'kill all brokers' ? all : [node];
    await Promise.all(away.map((each) => (fault === 'restart a broker' ? kafka.terminate(each) : kafka.kill(each))));
    await sleep(forMs);
    await Promise.all(away.map((each) => kafka.start(each)));
  }
}
