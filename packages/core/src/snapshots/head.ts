import { StateError } from '../errors/index.js';
import type { StoreNote } from '../stores/index.js';

/** How a snapshot is laid out: a line with the format, a line with its head as JSON, the entries, and at last the checksum of all that. */
const magic = 'weir-state ';
const format = 1;
/** How the names of files end that are snapshots. */
export const fileEnding = '.weir-state';

/** A table in a snapshot. */
export interface SnapshotTable {
  readonly name: string;
  /** What its store calls it: the note is that of this name. */
  readonly stored: string;
  /** The topic that it was read from: its changelog, or one that others write. */
  readonly topic: string;
  readonly partition: number;
  /** How far it has come there. */
  readonly note: StoreNote;
}

/** What a snapshot says of itself: it has what a worker kept of one partition group. */
export interface SnapshotHead {
  readonly format: number;
  /** The consumer group of the app. */
  readonly group: string;
  /** The name of the store. */
  readonly store: string;
  /** When it was written, in milliseconds since 1970. */
  readonly writtenAt: number;
  readonly tables: readonly SnapshotTable[];
  /** What is stored: entries say by their place in this list where they belong. */
  readonly parts: readonly string[];
}

/** The first lines of a snapshot. */
export function headLines(head: Omit<SnapshotHead, 'format'>): Buffer {
  return Buffer.from(`${magic}${format}\n${JSON.stringify(head)}\n`);
}

/** A head, and how many bytes it takes. */
export interface FoundHead {
  readonly head: SnapshotHead;
  readonly length: number;
}

/**
 * Reads the head of a snapshot from its first bytes.
 * @returns undefined where that takes more of them
 * @throws StateError `FORMAT_NEWER`, `SNAPSHOT_REFUSED`
 */
export function headOf(file: string, start: Buffer): FoundHead | undefined {
  const line = start.indexOf('\n');
  const found = line < 0 ? Number.NaN : Number(start.subarray(magic.length, line).toString());
  if (!start.toString('utf8', 0, magic.length).startsWith(magic) || !Number.isInteger(found))
    throw refused(file, 'is no snapshot of tables');
  if (found > format) throw newer(file, found);
  const end = start.indexOf('\n', line + 1);
  if (end < 0) return undefined;
  try {
    return { head: { ...(JSON.parse(start.toString('utf8', line + 1, end)) as SnapshotHead), format: found }, length: end + 1 };
  } catch (cause) {
    throw refused(file, damaged, cause);
  }
}

export const damaged = 'is damaged or was cut off: its checksum is not that of what it holds';

export function refused(file: string, why: string, cause?: unknown): StateError {
  return new StateError(`${file} ${why}`, { code: 'SNAPSHOT_REFUSED', cause });
}

function newer(file: string, found: number): StateError {
  const message = `${file} was written by a newer weir, in format ${found}, and this one reads ${format}: import it with that, or have tables read from their changelogs`;
  return new StateError(message, { code: 'FORMAT_NEWER' });
}
