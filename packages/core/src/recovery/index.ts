export { Recovery, type RecoveryParts } from './recovery.js';
export type { FollowedStretch, Stretch } from './stretch.js';
