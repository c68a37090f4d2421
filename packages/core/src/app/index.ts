export { withStates } from './app-tables.js';
export { type HotRow, hotKeys } from './hot-report.js';
export { CLOCK, LOGGER } from './identifiers.js';
export { openLetters } from './letters.js';
export { errorSerializer } from './logger.js';
export { main } from './main.js';
export { mergeOptions, type Origin, type Resolved, resolveOptions } from './options.js';
export { type AppTraces, internalTopics, mustBeIdle, removeTraces, tracesOf } from './state/app-traces.js';
export {
  type ExplainedWindow,
  type ExplainParts,
  explainWindow,
  type TopicProgress,
  type WindowExplanation,
} from './state/explained-window.js';
export { type AskedState, type ExportedSnapshot, exportState, type Told } from './state/state-export.js';
export { type ImportedSnapshot, importState } from './state/state-import.js';
export { type ReadTable, type StoredTable, StoredTables, type StoredValue } from './state/stored-tables.js';
export { openStores } from './stores.js';
export { openTransport } from './transports.js';
export { unreadVariables } from './variables.js';
export { type Overrides, Worker } from './worker.js';
