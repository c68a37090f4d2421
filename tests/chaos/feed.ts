import { setTimeout as sleep } from 'node:timers/promises';
import { answer, close, openProducer, type PlainProducer } from './clients.js';
import type { Form } from './options.js';
import { KEYS, type Order, type Scene } from './scene.js';

const tickMs = 20;
/** At most so many are under way when it goes as fast as it can. */
const aheadMax = 20_000;

/** Sends orders steadily, and knows which of them Kafka has taken. */
export class Feed {
  readonly #scene: Scene;
  readonly #producer: PlainProducer;
  readonly #next = new Map<Form, number>();
  /** Ids that Kafka has taken, by topic. */
  readonly acknowledged = new Map<string, Set<number>>();
  readonly refused: string[] = [];
  #underWay = 0;
  sent = 0;
  #isRunning = true;
  #running: Promise<void> = Promise.resolve();

  private constructor(scene: Scene, producer: PlainProducer) {
    this.#scene = scene;
    this.#producer = producer;
    producer.on('delivery-report', (error, report) => {
      this.#underWay -= 1;
      if (error) this.refused.push(`${report.topic} ${String(report.opaque)}: ${error.message}`);
      else this.#acknowledge(report.topic, Number(report.opaque));
    });
  }

  static async open(brokers: string, scene: Scene): Promise<Feed> {
    return new Feed(scene, await openProducer(brokers));
  }

  /** @param rate events a second, over all topics; 0 is as fast as Kafka takes them */
  start(rate: number, limit = Number.POSITIVE_INFINITY): void {
    this.#running = this.#run(rate, limit);
  }

  get underWay(): number {
    return this.#underWay;
  }

  /** Resolves when `limit` was reached. */
  get finished(): Promise<void> {
    return this.#running;
  }

  /** Sends no more, and waits until Kafka has what was sent. */
  async stop(limitMs: number): Promise<void> {
    this.#isRunning = false;
    await this.#running;
    const until = Date.now() + limitMs;
    while (this.#underWay > 0 && Date.now() < until) await sleep(50);
    await answer<void>((done) => this.#producer.flush(1_000, done as never)).catch(() => undefined);
  }

  close(): Promise<void> {
    return close(this.#producer);
  }

  async #run(rate: number, limit: number): Promise<void> {
    const begun = Date.now();
    while (this.#isRunning && this.sent < limit) {
      const due = rate === 0 ? this.sent + 1_000 : ((Date.now() - begun) / 1_000) * rate;
      while (this.sent < Math.min(due, limit) && this.#underWay < aheadMax) this.#send();
      await sleep(tickMs);
    }
  }

  #send(): void {
    const form = this.#scene.forms[this.sent % this.#scene.forms.length];
    const id = this.#next.get(form) ?? 0;
    const order: Order = { id, at: Date.now() };
    this.#producer.produce(this.#scene.orders[form], -1, Buffer.from(JSON.stringify(order)), `k${id % KEYS}`, order.at, id);
    this.#next.set(form, id + 1);
    this.#underWay += 1;
    this.sent += 1;
  }

  #acknowledge(topic: string, id: number): void {
    const ids = this.acknowledged.get(topic) ?? new Set<number>();
    this.acknowledged.set(topic, ids.add(id));
  }
}
