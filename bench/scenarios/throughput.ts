import type { Contestant } from '../contestants/index.js';
import { committed } from '../kafka/progress.js';
import { readToEnd } from '../kafka/reading.js';
import type { TopicKeeper } from '../kafka/topics.js';
import { Verifier } from '../work/verifier.js';
import { start } from './runner.js';

/** One contestant in one round. */
export interface ThroughputSample {
  readonly eventsPerSecond: number;
  /** Of the second half alone, when everything is warm. */
  readonly warmEventsPerSecond: number;
  readonly cpuMicrosPerEvent: number;
  readonly peakRssMb: number;
}

export interface ThroughputTask {
  readonly brokers: string;
  readonly topics: TopicKeeper;
  readonly input: string;
  readonly messages: number;
  /** Tells the runs apart. */
  readonly run: string;
}

/**
 * All the orders through one contestant. The time is the broker's: from the first output that it took to the last. So starting up does
 * not count, and it is the same clock for programs in any language.
 */
export async function throughput(contestant: Contestant, task: ThroughputTask): Promise<ThroughputSample> {
  const { brokers, topics, input, messages, run } = task;
  const group = `bench-${contestant.name}-${run}`;
  const output = `totals-${contestant.name}-${run}`;
  await topics.create(output);
  const running = start(contestant, { brokers, group, input, output });
  await committed(brokers, group, input, messages, () => running.failure());
  const { cpuSeconds, peakRssMb } = running.usage();
  await running.stop();
  const takenAt = await verify(contestant, task, output);
  await topics.delete(output);
  const [first, half, last] = [takenAt[0], takenAt[messages >> 1], takenAt[messages - 1]];
  return {
    eventsPerSecond: (messages * 1_000) / (last - first),
    warmEventsPerSecond: (messages * 500) / (last - half),
    cpuMicrosPerEvent: (cpuSeconds * 1e6) / messages,
    peakRssMb,
  };
}

/** Reads all outputs. Gives when the broker took them, in order. @throws VerificationError */
async function verify({ title }: Contestant, { brokers, messages }: ThroughputTask, output: string): Promise<Float64Array> {
  const verifier = new Verifier(messages);
  const takenAt = new Float64Array(messages);
  let count = 0;
  await readToEnd(brokers, output, ({ key, value, timestamp }) => {
    verifier.look(key?.toString(), String(value));
    takenAt[count++] = timestamp as number;
  });
  verifier.conclude(title);
  return takenAt.sort();
}
