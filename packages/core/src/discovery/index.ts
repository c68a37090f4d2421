export { type Discovery, discover, type Instances } from './discover.js';
export { ownTopicFaults } from './own-topics.js';
export { classOf } from './providers.js';
