import { topic, Worker } from '@weir/core';
import { Order, Total } from '../work/records.js';
import { job } from './job.js';

const { brokers, group, input, inputs, output, properties = {} } = job();

/** The topics as the apps of the benchmark declare them. */
export const orders = topic(inputs ?? input, { value: Order });
export const totals = topic(output, { value: Total });

/** Only what makes it comparable: group, broker and what the shape of the messages asks for. The benchmark has made the topics. */
export const options = { id: group, broker: `kafka://${brokers}`, topics: 'off', kafka: properties } as const;

/** Runs an app until SIGTERM. */
export async function runApp(app: abstract new (...args: never[]) => object): Promise<void> {
  const worker = await Worker.start(app);
  process.once('SIGTERM', () => void worker.stop());
  await worker.finished;
}
