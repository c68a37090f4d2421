import type { Contestant } from '../contestants/index.js';
import { committed, written } from '../kafka/progress.js';
import { readToEnd } from '../kafka/reading.js';
import { partitionsOf, type TopicKeeper, timedTopic } from '../kafka/topics.js';
import type { Milestone, Pipeline } from '../pipelines/index.js';
import { type Running, start } from './runner.js';

/** One contestant in one round. */
export interface PipelineSample {
  readonly eventsPerSecond: number;
  readonly cpuMicrosPerEvent: number;
  readonly peakRssMb: number;
}

export interface PipelineTask {
  readonly brokers: string;
  readonly topics: TopicKeeper;
  readonly inputs: readonly string[];
  readonly events: number;
  readonly datadir: string;
  /** Tells the runs apart. */
  readonly run: string;
}

/** All events through one contestant. The time is that from its first message that is seen to its last: starting up does not count. */
export async function throughPipeline(pipeline: Pipeline, contestant: Contestant, task: PipelineTask): Promise<PipelineSample> {
  const { brokers, topics, inputs, events, datadir, run } = task;
  const group = `bench-${pipeline.scenario}-${contestant.name}-${run}`;
  const output = `${group}-output`;
  const own = { [output]: timedTopic, ...pipeline.own?.(group) };
  for (const [topic, settings] of Object.entries(own)) await topics.create(topic, undefined, settings);
  const running = start(contestant, { brokers, group, input: inputs[0], inputs, output, datadir });
  const names = { group, inputs, output };
  await reached(pipeline.begun(names), brokers, group, running);
  const begunAt = performance.now();
  await reached(pipeline.done(names, events), brokers, group, running);
  const seconds = (performance.now() - begunAt) / 1_000;
  const { cpuSeconds, peakRssMb } = running.usage();
  await running.stop();
  const verifier = pipeline.verifier(events);
  await readToEnd(brokers, partitionsOf(output), (message) => verifier.look(message));
  verifier.conclude(contestant.title);
  for (const topic of Object.keys(own)) await topics.delete(topic);
  return { eventsPerSecond: events / seconds, cpuMicrosPerEvent: (cpuSeconds * 1e6) / events, peakRssMb };
}

function reached(
  { partitions, messages, isCommitted = false }: Milestone,
  brokers: string,
  group: string,
  running: Running,
): Promise<void> {
  const goal = { brokers, partitions, messages, failure: () => running.failure() };
  return isCommitted ? committed(group, goal) : written(goal);
}
