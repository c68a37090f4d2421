export { Claim } from './claim.js';
export { Completed, type CompletedOffsets, completedMax, nothingCompleted, without } from './completed-offsets.js';
export { BatchEvent, type Event, type EventSource, type Headers } from './event.js';
export { type CompletedBy, readCompleted, writeCompleted } from './offset-metadata.js';
export { replayHeaders } from './replayed.js';
export { DUE, type Due, END, type End, type Pulled } from './stage.js';
export { type Feed, type Flow, type Stream, streamOf } from './stream.js';
export { Tracker } from './tracker.js';
