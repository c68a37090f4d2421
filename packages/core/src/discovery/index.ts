export { type Discovery, discover, type Instances } from './discover.js';
export { ownLetterFaults } from './own-letters.js';
export { classOf } from './providers.js';
