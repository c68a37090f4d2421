export { AtLeastOnce } from './at-least-once.js';
export { type Changelogs, PlainChangelogs, ShortTransaction } from './changelogs.js';
export { Checkpoint } from './checkpoint.js';
export { ExactlyOnce } from './exactly-once.js';
export type { ChangelogWriter, CheckpointParticipant } from './participant.js';
export type { Progress, ProgressPort, Undelivered } from './progress.js';
export { within } from './within.js';
