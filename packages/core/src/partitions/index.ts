export { AssignedPartition, type PartitionProgress, type PauseReason } from './assigned-partition.js';
export { Assignment } from './assignment.js';
export { Flow } from './flow.js';
export { HandOver } from './hand-over.js';
export { AssignmentProgress, type Rewind } from './partition-progress.js';
export { PollLoop } from './poll-loop.js';
