import type { Contestant } from '../contestants/index.js';
import { committed } from '../kafka/progress.js';
import { readToEnd } from '../kafka/reading.js';
import { partitionsOf, type TopicKeeper } from '../kafka/topics.js';
import type { PlainOrder } from '../work/order.js';
import { VerificationError } from '../work/verifier.js';
import { start } from './runner.js';

export interface ConcurrencyTask {
  readonly brokers: string;
  readonly topics: TopicKeeper;
  /** A topic of one partition. */
  readonly input: string;
  readonly messages: number;
  readonly run: string;
}

/** One partition with handlers that wait. Gives events a second, by the broker's clock. Each key must have come out in its order. */
export async function concurrency(contestant: Contestant, { brokers, topics, input, messages, run }: ConcurrencyTask): Promise<number> {
  const group = `bench-${contestant.name}-${run}`;
  const output = `slow-${contestant.name}-${run}`;
  await topics.create(output);
  const running = start(contestant, { brokers, group, input, output });
  await committed(group, { brokers, partitions: partitionsOf(input, 1), messages, failure: () => running.failure() });
  await running.stop();
  const takenAt = await verify(contestant, brokers, output, messages);
  await topics.delete(output);
  return (messages * 1_000) / (takenAt[messages - 1] - takenAt[0]);
}

async function verify({ title }: Contestant, brokers: string, output: string, messages: number): Promise<Float64Array> {
  const latest = new Map<string, number>();
  const takenAt: number[] = [];
  await readToEnd(brokers, partitionsOf(output), ({ key, value, timestamp }) => {
    const { id } = JSON.parse(String(value)) as PlainOrder;
    const of = String(key);
    if (id <= (latest.get(of) ?? -1)) throw new VerificationError(`${title}: ${of} is out of order at ${id}`);
    latest.set(of, id);
    takenAt.push(timestamp as number);
  });
  if (takenAt.length !== messages) throw new VerificationError(`${title}: ${takenAt.length} outputs for ${messages} messages`);
  return Float64Array.from(takenAt).sort();
}
