export { Watches, type WatchesParts } from './watches.js';
