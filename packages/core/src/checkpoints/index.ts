export { AtLeastOnce } from './at-least-once.js';
export { type Changelogs, PlainChangelogs, ShortTransaction } from './changelogs.js';
export { Checkpoint, type Measuring } from './checkpoint.js';
export { ExactlyOnce, type ExactlyOnceParts } from './exactly-once.js';
export type { ChangelogWriter, CheckpointParticipant } from './participant.js';
export type { Progress, ProgressPort, Undelivered } from './progress.js';
export { StepTimes } from './step-times.js';
export { type ChangesListener, UncommittedChanges } from './uncommitted-changes.js';
