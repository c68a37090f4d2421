export { Observers } from './observers.js';
export { workerLog } from './worker-log.js';
export type {
  AgentEvent,
  CheckpointEvent,
  GroupName,
  LateEvent,
  RecoveringEvent,
  StalledEvent,
  WorkerEvents,
  WorkerObserver,
} from './worker-observer.js';
