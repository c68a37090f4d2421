import { job } from '../job.js';

const { brokers, group, datadir } = job();
const [store, guarantee] = process.argv.slice(2);

/** Of the apps that keep state: `<program>.js <store> <guarantee>`. What the benchmark has not made, they make. */
export const options = {
  id: group,
  broker: `kafka://${brokers}`,
  topics: 'create',
  store,
  datadir,
  guarantee: guarantee as 'at-least-once' | 'exactly-once',
  commitInterval: guarantee === 'exactly-once' ? undefined : '1s',
} as const;
