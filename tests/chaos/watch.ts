import { close, openConsumer, type PlainConsumer, poll } from './clients.js';
import { type Invoice, PARTITIONS, type Scene } from './scene.js';

/** How long it took from a fault until everything flowed again. */
export interface Recovery {
  readonly fault: string;
  readonly at: number;
  /** Until every partition had given an event that was sent after the fault. */
  ms?: number;
}

/** Reads along what the workers write, to see from outside when it flows and when it stands still. */
export class Watch {
  readonly #consumer: PlainConsumer;
  readonly #scene: Scene;
  /** When the newest event was sent that has come out, and when it came out, for each partition of the orders. */
  readonly #newest = new Map<string, { readonly sent: number; readonly came: number }>();
  readonly recoveries: Recovery[] = [];
  #isOpen = true;
  #reading: Promise<void> = Promise.resolve();
  /** Distinct events that have come out or were set aside. */
  readonly #seen = new Set<string>();

  private constructor(scene: Scene, consumer: PlainConsumer) {
    this.#scene = scene;
    this.#consumer = consumer;
    for (const form of scene.forms) {
      for (let at = 0; at < PARTITIONS; at++) this.#newest.set(`${form}[${at}]`, { sent: 0, came: 0 });
    }
  }

  static async open(brokers: string, scene: Scene): Promise<Watch> {
    const consumer = await openConsumer(brokers, `${scene.app}-watch`);
    const watch = new Watch(scene, consumer);
    const places = [scene.invoices, scene.deadLetters].flatMap((topic) =>
      Array.from({ length: PARTITIONS }, (_, partition) => ({ topic, partition, offset: 0 })),
    );
    consumer.assign(places);
    watch.#reading = watch.#read();
    return watch;
  }

  /** From now on it is measured how long it takes until everything flows. */
  disturbed(fault: string): Recovery {
    const recovery: Recovery = { fault, at: Date.now() };
    this.recoveries.push(recovery);
    return recovery;
  }

  get seen(): number {
    return this.#seen.size;
  }

  get allFlow(): boolean {
    return [...this.#newest.values()].every(({ came }) => came > 0);
  }

  /** Partitions of which nothing has come since a moment. */
  silentSince(moment: number): string[] {
    return [...this.#newest].filter(([, { came }]) => came < moment).map(([name]) => name);
  }

  async close(): Promise<void> {
    this.#isOpen = false;
    await this.#reading;
    await close(this.#consumer);
  }

  async #read(): Promise<void> {
    while (this.#isOpen) {
      const messages = await poll(this.#consumer);
      for (const { topic, value, key } of messages) {
        if (topic === this.#scene.invoices) this.#came(JSON.parse(value) as Invoice);
        else this.#seen.add(`set aside ${key} ${value}`);
      }
      this.#look();
    }
  }

  #came({ form, partition, at, id }: Invoice): void {
    const name = `${form}[${partition}]`;
    this.#seen.add(`${form}${id}`);
    this.#newest.set(name, { sent: Math.max(at, this.#newest.get(name)?.sent ?? 0), came: Date.now() });
  }

  #look(): void {
    const open = this.recoveries.filter(({ ms }) => ms === undefined);
    if (open.length === 0) return;
    const slowest = Math.min(...[...this.#newest.values()].map(({ sent }) => sent));
    for (const recovery of open) if (slowest > recovery.at) recovery.ms = Date.now() - recovery.at;
  }
}
