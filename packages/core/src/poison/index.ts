export { PoisonWatch } from './poison-watch.js';
