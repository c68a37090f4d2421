export { Recovery, type RecoveryParts, type Stretch } from './recovery.js';
