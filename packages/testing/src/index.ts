export { VirtualClock } from '@weir/core/internal/time';
export type { CommittedSchedule, CommittedSetTable, CommittedTable, CommittedWindows, CommittedWindowView } from './committed-table.js';
export { StoreFaults } from './store-faults.js';
export {
  type DeadLetter,
  type Restart,
  type SentMessage,
  TestApp,
  type TestAppOptions,
  type TestMessage,
  type Waiting,
} from './test-app.js';
export { TestWorker } from './test-worker.js';
