export { type Settings, settingsOf } from './settings.js';
export { type Load, StreamWorker } from './stream-worker.js';
export { letGo, type Surroundings } from './surroundings.js';
