export { Completed, type CompletedOffsets, completedMax, nothingCompleted, without } from './completed-offsets.js';
export {
  areSetsCompatible,
  type CompletedBy,
  isLogNoted,
  isOfNewerVersion,
  logsNote,
  type NotedTime,
  type PartitionNotes,
  readCompleted,
  readLogs,
  readSet,
  readTick,
  readTime,
  replacedLogs,
  setNote,
  withoutCompleted,
  writeNotes,
} from './offset-metadata.js';
export { formatPartitions, formatPosition, type Position, type TopicPartition } from './position.js';
export { Ticks, ticksMax } from './ticks.js';
export { Tracker } from './tracker.js';
