export { type Settings, settingsOf } from './settings.js';
export { type Load, StreamWorker, type Surroundings } from './stream-worker.js';
