import { setTimeout as sleep } from 'node:timers/promises';
import type { Contestant } from '../contestants/index.js';
import { consume, disconnect } from '../kafka/clients.js';
import { openReader } from '../kafka/reading.js';
import { partitionsOf, type TopicKeeper } from '../kafka/topics.js';
import { start } from './runner.js';

export interface StartupTask {
  readonly brokers: string;
  readonly topics: TopicKeeper;
  /** With messages that wait. */
  readonly input: string;
  readonly run: string;
}

const patienceMs = 30_000;

/** From the start of the process until its first result can be read. */
export interface StartupSample {
  readonly seconds: number;
  /** Processor time of the process until then: others on the machine change it less. Not a number where the system does not say. */
  readonly cpuSeconds: number;
}

export async function startup(contestant: Contestant, { brokers, topics, input, run }: StartupTask): Promise<StartupSample> {
  const output = `first-${contestant.name}-${run}`;
  await topics.create(output);
  const [reader, arrivals] = await openReader(brokers, partitionsOf(output));
  const began = performance.now();
  const running = start(contestant, { brokers, group: `bench-${output}`, input, output });
  let sample: StartupSample | undefined;
  for (const ends = Date.now() + patienceMs; sample === undefined; ) {
    arrivals.lower();
    if ((await consume(reader, 1)).length > 0)
      sample = { seconds: (performance.now() - began) / 1_000, cpuSeconds: running.usage().cpuSeconds };
    else await Promise.race([arrivals.wait(100), sleep(100)]);
    const failure = running.failure();
    if (failure !== undefined) throw failure;
    if (Date.now() > ends) throw new Error(`${contestant.title} has given no result in ${patienceMs / 1_000} s`);
  }
  await running.stop();
  await disconnect(reader);
  await topics.delete(output);
  return sample;
}
