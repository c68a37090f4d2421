import { follow, option, untilInterrupted } from '@weir/app-plain';

const from = option('from') === 'earliest' ? 'earliest' : 'latest';

/** Prints what comes to the topic from now on; with `--from earliest` all that is there. */
await follow(
  'greetings',
  from,
  ({ topic, partition, offset, key, value }) => console.log(`${topic}:${partition}:${offset}: key=${key ?? null} value=${value ?? null}`),
  untilInterrupted(),
);
