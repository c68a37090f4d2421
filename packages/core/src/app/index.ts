export { CLOCK, LOGGER } from './identifiers.js';
export { openLetters } from './letters.js';
export { errorSerializer } from './logger.js';
export { main } from './main.js';
export { mergeOptions, type Origin, type Resolved, resolveOptions } from './options.js';
export { type StoredTable, StoredTables, type StoredValue } from './stored-tables.js';
export { openTransport } from './transports.js';
export { unreadVariables } from './variables.js';
export { type Overrides, Worker } from './worker.js';
