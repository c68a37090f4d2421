export { AssignedPartition, type PartitionProgress, type PauseReason } from './assigned-partition.js';
export { Assignment, type AssignmentParts } from './assignment.js';
export { AssignmentProgress, type Rewind } from './assignment-progress.js';
export { DerivedPartition } from './derived-partition.js';
export { Flow } from './flow.js';
export { HandOver } from './hand-over.js';
export { type Alone, type GroupPhase, type GroupProgress, type GroupState, PartitionGroup } from './partition-group.js';
export { PartitionerCheck } from './partitioner-check.js';
export { PollLoop } from './poll-loop.js';
