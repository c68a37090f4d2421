export { AtLeastOnce } from './at-least-once.js';
export { Checkpoint } from './checkpoint.js';
export { ExactlyOnce } from './exactly-once.js';
export type { CheckpointParticipant } from './participant.js';
export type { Progress, ProgressPort, Undelivered } from './progress.js';
export { within } from './within.js';
