export { loadDriver } from './driver.js';
export { type EmbeddedBroker, startEmbeddedBroker } from './embedded.js';
export { open } from './open.js';
