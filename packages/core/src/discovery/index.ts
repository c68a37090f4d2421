export { type Discovery, discover, type Instances } from './discover.js';
export { classOf } from './providers.js';
