import { setTimeout as sleep } from 'node:timers/promises';
import type { Contestant } from '../contestants/index.js';
import { connectProducer, consume, disconnect, flush, type Producer } from '../kafka/clients.js';
import { sendOrder } from '../kafka/orders.js';
import { openReader } from '../kafka/reading.js';
import { counted, RequestCounter, type Requests, rate as rateOf } from '../kafka/requests.js';
import { partitionsOf, type TopicKeeper } from '../kafka/topics.js';
import { percentile } from '../report/statistics.js';
import type { PlainTotal } from '../work/order.js';
import { VerificationError } from '../work/verifier.js';
import { start } from './runner.js';

/** Milliseconds from when a message was to be sent until its result was read, and what the broker was asked a second for it. */
export interface LatencySample extends Requests {
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
}

export interface LatencyTask {
  readonly brokers: string;
  readonly topics: TopicKeeper;
  readonly rate: number;
  readonly seconds: number;
  readonly properties: Readonly<Record<string, string>>;
  readonly run: string;
}

/** Not measured: everything is still being compiled. */
const warmUpSeconds = 3;
const patienceMs = 15_000;
/** A message that only shows that the contestant is there. */
const probe = 2_000_000_000;

/** Open loop: messages are sent when they are due, whatever has become of those before. What waits for something that stalls counts as late. */
export async function latency(contestant: Contestant, task: LatencyTask): Promise<LatencySample> {
  const { brokers, topics, rate, properties, run } = task;
  const [input, output] = ['orders', 'totals'].map((side) => `${side}-latency-${contestant.name}-${run}`);
  await topics.create(input);
  await topics.create(output);
  const running = start(contestant, { brokers, group: `bench-${output}`, input, output, properties });
  const course = courseOf(task);
  const asked = await through(course, { brokers, input, output }, running.failure).catch((error: Error) => {
    throw new VerificationError(`${contestant.title}: ${course.received} of ${course.count} results: ${error.message}`);
  });
  await running.stop();
  await topics.delete(input);
  await topics.delete(output);
  const latencies = course.latencies.subarray(rate * warmUpSeconds).sort();
  return {
    ...{ p50: percentile(latencies, 0.5), p99: percentile(latencies, 0.99), p999: percentile(latencies, 0.999) },
    ...asked,
  };
}

function courseOf({ rate, seconds }: LatencyTask): Course {
  return new Course(rate, rate * (warmUpSeconds + seconds));
}

interface Ends {
  readonly brokers: string;
  readonly input: string;
  readonly output: string;
}

/** Sends everything and reads every result. Resolves with what the contestant asked of the broker, a second. */
async function through(course: Course, { brokers, input, output }: Ends, failure: () => Error | undefined): Promise<Requests> {
  const counter = new RequestCounter();
  const producer = await connectProducer(brokers, { 'linger.ms': 1, ...counted });
  counter.except(producer);
  const reading = course.read(brokers, output, counter);
  sendOrder(producer, input, probe);
  try {
    await within(patienceMs, course.probed, failure);
    const before = await counter.read();
    await course.send(producer, input);
    await flush(producer);
    await within(patienceMs, course.complete, failure);
    return rateOf(before, await counter.read(), course.count / course.rate);
  } finally {
    course.end();
    await reading;
    await disconnect(producer);
  }
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

  async read(brokers: string, output: string, counter: RequestCounter): Promise<void> {
    const [consumer, arrivals] = await openReader(brokers, partitionsOf(output), counted);
    counter.except(consumer);
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
