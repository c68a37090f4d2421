export { Observers } from './observers.js';
export { workerLog } from './worker-log.js';
export type {
  CheckpointEvent,
  EventPlace,
  GroupName,
  LateEvent,
  RecoveringEvent,
  StalledEvent,
  WorkerEvents,
  WorkerObserver,
} from './worker-observer.js';
