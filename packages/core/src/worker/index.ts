export { FileCrashWatch } from './crash-watch.js';
export { PlaceNotes } from './place-notes.js';
export { type Settings, settingsOf } from './settings.js';
export { type Load, StreamWorker, type Surroundings } from './stream-worker.js';
export { TriedEvents } from './tried-events.js';
