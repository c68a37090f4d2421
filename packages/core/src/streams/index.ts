export { Claim } from './claim.js';
export { type Derived, DerivedBatch, DerivedEvent, type KeyedWindow, type WindowEvent } from './derived.js';
export { BatchEvent, type Event, type EventSource, type Headers, type TimesOfEvents } from './event.js';
export { ExpandedEvent, ExpandStage, type Expands, PassedEvent } from './expanded.js';
export { isMarker, type OriginTime, originHeader, readOrigin, timeHeader, writeOrigin } from './origin.js';
export { Pace } from './pace.js';
export { replayHeaders, visibleHeaders } from './replayed.js';
export { DUE, type Due, END, type End, type Pulled } from './stage.js';
export { type Feed, type Flow, type Stream, streamOf } from './stream.js';
