import type { Contestant } from '../contestants/index.js';
import type { Job } from '../contestants/job.js';
import { committed, written } from '../kafka/progress.js';
import { partitionsOf, type TopicKeeper } from '../kafka/topics.js';
import { type Rates, rates, verifiedOutputs } from './outputs.js';
import { start } from './runner.js';

/** One contestant in one round. */
export interface ThroughputSample extends Rates {
  readonly cpuMicrosPerEvent: number;
  readonly peakRssMb: number;
}

export interface ThroughputTask {
  readonly brokers: string;
  readonly topics: TopicKeeper;
  /** At least one; only ours read several. */
  readonly inputs: readonly string[];
  /** Of each input. @default as the other topics of the benchmark */
  readonly inputPartitions?: number;
  /** @default as the other topics of the benchmark */
  readonly outputPartitions?: number;
  readonly properties?: Job['properties'];
  readonly messages: number;
  /** Tells the runs apart. */
  readonly run: string;
}

/**
 * All the orders through one contestant. The time is the broker's: from the first output that it took to the last. So starting up does
 * not count, and it is the same clock for programs in any language.
 */
export async function throughput(contestant: Contestant, task: ThroughputTask): Promise<ThroughputSample> {
  const { brokers, topics, inputs, inputPartitions, outputPartitions, properties, messages, run } = task;
  const group = `bench-${contestant.name}-${run}`;
  const output = `totals-${contestant.name}-${run}`;
  await topics.create(output, outputPartitions);
  const [input] = inputs;
  const running = start(contestant, { brokers, group, input, output, properties, ...(inputs.length > 1 && { inputs }) });
  const goal = { brokers, messages, failure: () => running.failure() };
  const outputs = partitionsOf(output, outputPartitions);
  if (contestant.leavesTail) await written({ ...goal, partitions: outputs });
  else await committed(group, { ...goal, partitions: inputs.flatMap((topic) => partitionsOf(topic, inputPartitions)) });
  const { cpuSeconds, peakRssMb } = running.usage();
  await running.stop();
  const takenAt = await verifiedOutputs(contestant.title, brokers, outputs, messages);
  await topics.delete(output);
  return { ...rates(takenAt), cpuMicrosPerEvent: (cpuSeconds * 1e6) / messages, peakRssMb };
}
