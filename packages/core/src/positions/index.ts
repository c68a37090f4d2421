export { Completed, type CompletedOffsets, completedMax, nothingCompleted, without } from './completed-offsets.js';
export { type CompletedBy, isOfNewerVersion, readCompleted, writeCompleted } from './offset-metadata.js';
export { formatPartitions, formatPosition, type Position, type TopicPartition } from './position.js';
export { Tracker } from './tracker.js';
