export { eventTimeField, eventTimes } from './event-time.js';
export { defineToString, formatRecord } from './format-record.js';
export type { Input } from './input.js';
export { recordKeyCodec } from './key-codec.js';
export { isRecord, type RecordOptions, recordName, recordOptions, type Upcast } from './options.js';
export { recordCodec } from './record-codec.js';
export { recordFaults } from './record-faults.js';
export { Versions } from './versions.js';
