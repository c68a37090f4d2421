export type { CrashWatch, LaneGuard } from './guard.js';
export { type Lane, openLanes } from './lane.js';
export type { DerivedSource, DerivedState, EventTime, LaneContext, ParkedFor, Parking } from './lane-context.js';
export { type RecentEvent, RecentEvents, type SharedEvents } from './recent-events.js';
export type { InFlight } from './running.js';
