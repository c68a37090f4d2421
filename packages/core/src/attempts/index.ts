export { Attempt, type AttemptLane, type AttemptState } from './attempt.js';
export { type AttemptWrites, Overtaken } from './attempt-writes.js';
export { currentExecution, detached, type Execution, runAs } from './execution.js';
export type { Origin } from './origins.js';
export { type FailedOutputs, Outputs, sentAheadOfTake } from './outputs.js';
export { isAborted, isRefusal } from './refusal.js';
export { type RetryState, RetryStates } from './retry-states.js';
