export { Completed, type CompletedOffsets, completedMax, nothingCompleted, without } from './completed-offsets.js';
export {
  areSetsCompatible,
  type CompletedBy,
  isOfNewerVersion,
  type NotedTime,
  readCompleted,
  readSet,
  readTime,
  setNote,
  writeNotes,
} from './offset-metadata.js';
export { formatPartitions, formatPosition, type Position, type TopicPartition } from './position.js';
export { Tracker } from './tracker.js';
