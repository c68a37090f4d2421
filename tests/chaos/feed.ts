import { setTimeout as sleep } from 'node:timers/promises';
import { answer, close, openProducer, type PlainProducer } from './clients.js';
import type { Order, Scene } from './scene.js';

const tickMs = 20;
/** librdkafka's ERR__STATE. */
const erroneousState = -172;
/** At most so many are under way when it goes as fast as it can. */
const aheadMax = 20_000;

/** Writes the rate of every key. */
export async function writeRates(brokers: string, { rates, keys }: Scene): Promise<void> {
  const producer = await openProducer(brokers);
  try {
    for (let key = 0; key < keys; key++) producer.produce(rates, -1, Buffer.from('1'), `k${key}`);
    await answer<void>((done) => producer.flush(30_000, done as never));
  } finally {
    await close(producer);
  }
}

/** Sends orders steadily, and knows which of them Kafka has taken. */
export class Feed {
  readonly #brokers: string;
  #producer: PlainProducer;
  readonly #next = new Map<string, number>();
  readonly #topics: readonly string[];
  readonly #keys: number;
  /** Ids that Kafka has taken, by topic. */
  readonly acknowledged = new Map<string, Set<number>>();
  /** How many those are. */
  count = 0;
  readonly refused: string[] = [];
  #underWay = 0;
  sent = 0;
  #isRunning = true;
  #running: Promise<void> = Promise.resolve();

  private constructor(brokers: string, scene: Scene, producer: PlainProducer) {
    this.#brokers = brokers;
    this.#keys = scene.keys;
    this.#topics = [...new Set(scene.forms.map((form) => scene.orders[form]))];
    this.#producer = this.#listenTo(producer);
  }

  #listenTo(producer: PlainProducer): PlainProducer {
    producer.on('delivery-report', (error, report) => {
      this.#underWay -= 1;
      if (error) this.refused.push(`${report.topic} ${String(report.opaque)}: ${error.message}`);
      else this.#acknowledge(report.topic, Number(report.opaque));
    });
    return producer;
  }

  static async open(brokers: string, scene: Scene): Promise<Feed> {
    return new Feed(brokers, scene, await openProducer(brokers));
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
      while (this.sent < Math.min(due, limit) && this.#underWay < aheadMax) {
        if (!this.#send()) await this.#beginAnew();
      }
      await sleep(tickMs);
    }
  }

  /** @returns false when the client is broken for good: a broker that is killed may have lost what the client knows of its sequence numbers */
  #send(): boolean {
    const topic = this.#topics[this.sent % this.#topics.length];
    const id = this.#next.get(topic) ?? 0;
    const order: Order = { id, at: Date.now() };
    try {
      this.#producer.produce(topic, -1, Buffer.from(JSON.stringify(order)), `k${id % this.#keys}`, order.at, id);
    } catch (error) {
      if ((error as { readonly code?: number }).code !== erroneousState) throw error;
      return false;
    }
    this.#next.set(topic, id + 1);
    this.#underWay += 1;
    this.sent += 1;
    return true;
  }

  /** What the old client had under way is not waited for: what Kafka has of it is read from the topics. */
  async #beginAnew(): Promise<void> {
    const broken = this.#producer;
    this.#producer = this.#listenTo(await openProducer(this.#brokers));
    await close(broken);
    this.#underWay = 0;
  }

  #acknowledge(topic: string, id: number): void {
    const ids = this.acknowledged.get(topic) ?? new Set<number>();
    this.acknowledged.set(topic, ids.add(id));
    this.count++;
  }
}
