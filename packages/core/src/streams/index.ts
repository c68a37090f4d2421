export { Claim } from './claim.js';
export { BatchEvent, type Event, type EventSource, type Headers } from './event.js';
export { isMarker, originHeader, timeHeader } from './origin.js';
export { replayHeaders, visibleHeaders } from './replayed.js';
export { DUE, type Due, END, type End, type Pulled } from './stage.js';
export { type Feed, type Flow, type Stream, streamOf } from './stream.js';
