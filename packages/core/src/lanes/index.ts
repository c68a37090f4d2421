export { Begun, type BegunEvent, type BegunEvents } from './begun.js';
export type { CrashWatch, LaneGuard } from './guard.js';
export { type Lane, openLanes } from './lane.js';
export type { LaneContext } from './lane-context.js';
export type { InFlight } from './running.js';
