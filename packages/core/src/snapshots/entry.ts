import type { StoreEntry } from '../stores/index.js';

/** Before an entry stand its part, and the lengths of its key and value. */
const beforeBytes = 10;

/** An entry of a snapshot. */
export interface SnapshotEntry {
  /** The place of its table in the parts of the snapshot. */
  readonly part: number;
  readonly key: Buffer;
  readonly value: Buffer;
}

export function entryBytes([key, value]: StoreEntry): number {
  return beforeBytes + key.length + value.length;
}

export function entryOf(part: number, [key, value]: StoreEntry): Buffer {
  const before = Buffer.allocUnsafe(beforeBytes);
  before.writeUInt16LE(part, 0);
  before.writeUInt32LE(key.length, 2);
  before.writeUInt32LE(value.length, 6);
  return Buffer.concat([before, key, value]);
}

/** The entries that are whole, and how many bytes they take. */
export function entriesIn(bytes: Buffer): { readonly entries: readonly SnapshotEntry[]; readonly length: number } {
  const entries: SnapshotEntry[] = [];
  let at = 0;
  while (at + beforeBytes <= bytes.length) {
    const keyAt = at + beforeBytes;
    const valueAt = keyAt + bytes.readUInt32LE(at + 2);
    const next = valueAt + bytes.readUInt32LE(at + 6);
    if (next > bytes.length) break;
    entries.push({ part: bytes.readUInt16LE(at), key: bytes.subarray(keyAt, valueAt), value: bytes.subarray(valueAt, next) });
    at = next;
  }
  return { entries, length: at };
}
