export { Observers } from './observers.js';
export { workerLog } from './worker-log.js';
export type {
  CheckpointEvent,
  EventPlace,
  GroupName,
  RecoveringEvent,
  StalledEvent,
  WorkerEvents,
  WorkerObserver,
} from './worker-observer.js';
