import { setTimeout as sleep } from 'node:timers/promises';
import type { Contestant } from '../contestants/index.js';
import { called } from '../kafka/clients.js';
import { writeOrders } from '../kafka/orders.js';
import { committed } from '../kafka/progress.js';
import { partitionsOf, type TopicKeeper } from '../kafka/topics.js';
import { type Rates, rates, verifiedOutputs } from './outputs.js';
import { type Running, start } from './runner.js';

export interface ProcessesSample extends Rates {
  /** Of all processes. */
  readonly cpuMicrosPerEvent: number;
  /** Of all processes. */
  readonly peakRssMb: number;
}

export interface ProcessesTask {
  readonly brokers: string;
  readonly topics: TopicKeeper;
  readonly processes: number;
  readonly messages: number;
  readonly run: string;
}

const patienceMs = 60_000;

/**
 * All the orders through some processes of one group. They are written in a transaction that ends when every process has its partitions:
 * so none has a head start, and neither starting up nor dividing the partitions counts.
 */
export async function processes(contestant: Contestant, task: ProcessesTask): Promise<ProcessesSample> {
  const { brokers, topics, messages, run } = task;
  const [group, input, output] = ['group', 'orders', 'totals'].map((side) => `${side}-${task.processes}-processes-${run}`);
  await topics.create(input);
  await topics.create(output);
  let running: Running[] = [];
  const failure = () => running.map((each) => each.failure()).find((each) => each !== undefined);
  await writeOrders(brokers, [input], messages, {
    properties: { 'transactional.id': input, 'transaction.timeout.ms': 600_000 },
    around: async (producer, write) => {
      await called((done) => producer.initTransactions(patienceMs, done));
      await called((done) => producer.beginTransaction(done));
      await write();
      running = Array.from({ length: task.processes }, () => start(contestant, { brokers, group, input, output }));
      await divided(group, task, failure);
      await called((done) => producer.commitTransaction(patienceMs, done));
    },
  });
  await committed(group, { brokers, partitions: partitionsOf(input), messages, failure });
  const usage = running.map((each) => each.usage());
  await Promise.all(running.map((each) => each.stop()));
  const takenAt = await verifiedOutputs(`${contestant.title}, ${task.processes} processes`, brokers, partitionsOf(output), messages);
  await topics.delete(input);
  await topics.delete(output);
  const sum = (field: 'cpuSeconds' | 'peakRssMb') => usage.reduce((total, each) => total + each[field], 0);
  return { ...rates(takenAt), cpuMicrosPerEvent: (sum('cpuSeconds') * 1e6) / messages, peakRssMb: sum('peakRssMb') };
}

/** Resolves when every process has its share of the partitions. */
async function divided(group: string, { topics, processes }: ProcessesTask, failure: () => Error | undefined): Promise<void> {
  for (const ends = Date.now() + patienceMs; Date.now() < ends; await sleep(200)) {
    const over = failure();
    if (over !== undefined) throw over;
    const members = await topics.members(group);
    const total = members.reduce((sum, count) => sum + count, 0);
    if (members.length === processes && !members.includes(0) && total === partitionsOf(group).length) return;
  }
  throw new Error(`${processes} processes have not divided the partitions in ${patienceMs / 1_000} s`);
}
