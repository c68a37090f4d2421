export type { ReadonlyTable, Table, TableEntries } from './table.js';
