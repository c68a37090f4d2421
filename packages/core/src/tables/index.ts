export type { ReadonlyTable, Table, TableEntries } from './table.js';
export { type TableSet, type TableState, Tables } from './tables.js';
