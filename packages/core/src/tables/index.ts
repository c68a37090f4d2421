export { timeHeader, timeIn } from './expiry/time-entry.js';
export type { ReadonlyTable, Table, TableEntries } from './table.js';
export type { TableFormat } from './table-format.js';
export { defaultOf, formatOf, type SourceUse, type TableSet, type TableState, Tables } from './tables.js';
