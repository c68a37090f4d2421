import type { StoreKey } from '@weir/core/internal/stores';

/** Between the name of a table, which has no such character, and a key of it. Before the name it makes the key of a note. */
const separator = '\0';
/** The next one: everything of a table comes before it. */
const after = '\x01';

export function keyOf(table: string, key: string): string {
  return `${table}${separator}${key}`;
}

export function bytesOf(table: string, key: StoreKey): Buffer {
  return Buffer.concat([firstOf(table), typeof key === 'string' ? Buffer.from(key) : key]);
}

/** What all keys of a table begin with. */
export function firstOf(table: string): Buffer {
  return Buffer.from(`${table}${separator}`);
}

/** What all keys of a table come before. */
export function lastOf(table: string): Buffer {
  return Buffer.from(`${table}${after}`);
}

/** Where the note of a table lies. */
export function noteOf(table: string): string {
  return `${separator}${table}`;
}

export function tableOf(note: string): string {
  return note.slice(separator.length);
}
