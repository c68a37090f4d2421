export { Recovery, type RecoveryParts, type RecoveryProgress, type Stretch } from './recovery.js';
