import { setTimeout as sleep } from 'node:timers/promises';
import type { Contestant } from '../contestants/index.js';
import { connectProducer, consume, disconnect, flush, type Producer } from '../kafka/clients.js';
import { sendOrder } from '../kafka/orders.js';
import { openReader } from '../kafka/reading.js';
import { partitionsOf, type TopicKeeper } from '../kafka/topics.js';
import { percentile } from '../report/statistics.js';
import type { PlainTotal } from '../work/order.js';
import { VerificationError } from '../work/verifier.js';
import { start } from './runner.js';

/** Milliseconds from when a message was to be sent until its result was read. */
export interface LatencySample {
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
}

export interface LatencyTask {
  readonly brokers: string;
  readonly topics: TopicKeeper;
  readonly rate: number;
  readonly seconds: number;
  readonly run: string;
}

/** Not measured: everything is still being compiled. */
const warmUpSeconds = 3;
const patienceMs = 15_000;
/** A message that only shows that the contestant is there. */
const probe = 2_000_000_000;

/** Open loop: messages are sent when they are due, whatever has become of those before. What waits because something stalls counts as late. */
export async function latency(contestant: Contestant, { brokers, topics, rate, seconds, run }: LatencyTask): Promise<LatencySample> {
  const [input, output] = ['orders', 'totals'].map((side) => `${side}-latency-${contestant.name}-${run}`);
  await topics.create(input);
  await topics.create(output);
  const producer = await connectProducer(brokers, { 'linger.ms': 1 });
  const course = new Course(rate, rate * (warmUpSeconds + seconds));
  const reading = course.read(brokers, output);
  const running = start(contestant, { brokers, group: `bench-${output}`, input, output });
  sendOrder(producer, input, probe);
  try {
    await within(patienceMs, course.probed, () => running.failure());
    await course.send(producer, input);
    await flush(producer);
    await within(patienceMs, course.complete, () => running.failure());
  } catch (error) {
    throw new VerificationError(`${contestant.title}: ${course.received} of ${course.count} results: ${(error as Error).message}`);
  } finally {
    course.end();
    await reading;
    await disconnect(producer);
  }
  await running.stop();
  await topics.delete(input);
  await topics.delete(output);
  const latencies = course.latencies.subarray(rate * warmUpSeconds).sort();
  return { p50: percentile(latencies, 0.5), p99: percentile(latencies, 0.99), p999: percentile(latencies, 0.999) };
}

/** What is sent when, and when its result came. */
class Course {
  readonly latencies: Float64Array;
  readonly probed: Promise<void>;
  readonly complete: Promise<void>;
  received = 0;
  #startedAt = 0;
  #isOver = false;
  #isProbed!: () => void;
  #isComplete!: () => void;

  constructor(
    readonly rate: number,
    readonly count: number,
  ) {
    this.latencies = new Float64Array(count).fill(-1);
    this.probed = new Promise((resolve) => {
      this.#isProbed = resolve;
    });
    this.complete = new Promise((resolve) => {
      this.#isComplete = resolve;
    });
  }

  async send(producer: Producer, topic: string): Promise<void> {
    this.#startedAt = performance.now();
    for (let id = 0; id < this.count; await sleep(1)) {
      const due = Math.min(this.count, ((performance.now() - this.#startedAt) * this.rate) / 1_000);
      while (id < due && sendOrder(producer, topic, id)) id++;
    }
  }

  async read(brokers: string, output: string): Promise<void> {
    const [consumer, arrivals] = await openReader(brokers, partitionsOf(output));
    while (!this.#isOver) {
      arrivals.lower();
      const messages = await consume(consumer, 1_000);
      for (const { value } of messages) this.#note((JSON.parse(String(value)) as PlainTotal).id);
      if (messages.length === 0) await arrivals.wait(100);
    }
    await disconnect(consumer);
  }

  #note(id: number): void {
    if (id === probe) this.#isProbed();
    else if (!(this.latencies[id] >= 0)) this.#record(id);
  }

  #record(id: number): void {
    this.latencies[id] = performance.now() - (this.#startedAt + (id * 1_000) / this.rate);
    if (++this.received === this.count) this.#isComplete();
  }

  end(): void {
    this.#isOver = true;
  }
}

async function within(ms: number, event: Promise<void>, isOver: () => Error | undefined): Promise<void> {
  let isHere = false;
  void event.then(() => {
    isHere = true;
  });
  for (const endsAt = Date.now() + ms; !isHere; await Promise.race([event, sleep(100)])) {
    const over = isOver();
    if (over !== undefined) throw over;
    if (Date.now() > endsAt) throw new Error(`no more within ${ms / 1_000} s`);
  }
}
