import { topic } from '@weir/core';
import { Order, Total } from '../work/records.js';
import { job } from './job.js';

export { runApp } from './run-app.js';

const { brokers, group, input, inputs, output, properties = {} } = job();

/** The topics as the apps of the benchmark declare them. */
export const orders = topic(inputs ?? input, { value: Order });
export const totals = topic(output, { value: Total });

/** Only what makes it comparable: group, broker and what the shape of the messages asks for. The benchmark has made the topics. */
export const options = { id: group, broker: `kafka://${brokers}`, topics: 'off', kafka: properties } as const;
