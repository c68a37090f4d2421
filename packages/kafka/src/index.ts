export { loadDriver } from './driver/driver.js';
export { type EmbeddedBroker, startEmbeddedBroker } from './embedded/embedded.js';
export { open } from './open.js';
