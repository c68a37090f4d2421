export { rangeOfPrefix } from './entries.js';
export { timeIn } from './expiry/time-entry.js';
export { prefixIn, SetKeys } from './kinds/set-keys.js';
export type { ReadonlyTable, SetTable, Table, TableEntries } from './table.js';
export type { TableFormat } from './table-format.js';
export { defaultOf, formatOf, type SourceUse, setKeysOf, type TableSet, type TableState, Tables, windowKeysOf } from './tables.js';
export { windowHeader } from './windowed/closings.js';
export type { WindowedTable, WindowView } from './windowed/table.js';
export type { WindowKeys } from './windowed/window-keys.js';
