import type { Contestant } from '../contestants/index.js';
import { committed } from '../kafka/progress.js';
import { changelogTopic, partitionsOf, type TopicKeeper } from '../kafka/topics.js';
import { verifyCounts } from '../kafka/views.js';
import { changelogOf } from '../work/counts.js';
import { start } from './runner.js';

/** One contestant in one round. */
export interface CountingSample {
  readonly eventsPerSecond: number;
  readonly cpuMicrosPerEvent: number;
  readonly peakRssMb: number;
}

export interface CountingTask {
  readonly brokers: string;
  readonly topics: TopicKeeper;
  readonly input: string;
  readonly messages: number;
  readonly keys: number;
  readonly datadir: string;
  /** Tells the runs apart. */
  readonly run: string;
}

/**
 * All events counted by one contestant. The time is that from its first commit that is seen to its last, for the events in between:
 * starting up does not count.
 */
export async function counting(contestant: Contestant, task: CountingTask): Promise<CountingSample> {
  const { brokers, topics, input, messages, keys, datadir, run } = task;
  const group = `bench-${contestant.name}-${run}`;
  const changelog = changelogOf(group);
  await topics.create(changelog, undefined, changelogTopic);
  const running = start(contestant, { brokers, group, input, output: '', datadir });
  const goal = { brokers, messages, partitions: partitionsOf(input), failure: () => running.failure() };
  const looks: { readonly at: number; readonly sum: number }[] = [];
  await committed(group, goal, (sum) => {
    if (sum > 0) looks.push({ at: performance.now(), sum });
  });
  const { cpuSeconds, peakRssMb } = running.usage();
  await running.stop();
  await verifyCounts(contestant.title, brokers, group, messages, keys);
  await topics.delete(changelog);
  const [first, last] = [looks[0], looks[looks.length - 1]];
  if (first === last)
    throw new Error(`${contestant.title} has committed all ${messages} events at once: no rate can be told of them. Give --messages more`);
  const eventsPerSecond = ((last.sum - first.sum) * 1_000) / (last.at - first.at);
  return { eventsPerSecond, cpuMicrosPerEvent: (cpuSeconds * 1e6) / messages, peakRssMb };
}
