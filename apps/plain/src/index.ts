export { brokers, option } from './arguments.js';
export { follow, type PlainMessage } from './consumer.js';
export { openProducer, type PlainProducer } from './producer.js';
export { everySecond, untilInterrupted } from './until-interrupted.js';
