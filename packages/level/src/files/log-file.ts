import { checksumOf } from './checksum.js';
import { Damage } from './damage.js';

const blockBytes = 32 * 1024;
/** Checksum (4), length (2), kind (1). */
const headerBytes = 7;
/** A record in one piece; its first, a middle and its last piece. */
const kinds = { full: 1, first: 2, middle: 3, last: 4 } as const;

export interface LogRecords {
  readonly records: readonly Buffer[];
  /** Whether it breaks off within a record, as where the process was killed when it wrote. */
  readonly isTorn: boolean;
}

/** The records of a log, or of a manifest, which is one. @throws Damage where it does not only break off */
export function logRecords(file: Buffer): LogRecords {
  const records: Buffer[] = [];
  let pieces: Buffer[] = [];
  for (let at = 0; at < file.length; ) {
    const left = blockBytes - (at % blockBytes);
    if (left < headerBytes) {
      at += left;
      continue;
    }
    const piece = pieceAt(file, at, left);
    if (piece === undefined) return { records, isTorn: true };
    const { kind, payload } = piece;
    const isBegin = kind === kinds.full || kind === kinds.first;
    if (isBegin === pieces.length > 0) throw new Damage(`a record is in disorder at ${at}`);
    pieces.push(payload);
    if (kind === kinds.full || kind === kinds.last) {
      records.push(pieces.length === 1 ? payload : Buffer.concat(pieces));
      pieces = [];
    }
    at += headerBytes + payload.length;
  }
  return { records, isTorn: pieces.length > 0 };
}

/** Undefined where the file ends before it does. */
function pieceAt(file: Buffer, at: number, left: number): { kind: number; payload: Buffer } | undefined {
  if (at + headerBytes > file.length) return undefined;
  const length = file.readUInt16LE(at + 4);
  if (headerBytes + length > left) throw new Damage(`a record is longer than its block at ${at}`);
  const end = at + headerBytes + length;
  if (end > file.length) return undefined;
  // The kind is under the checksum, too.
  if (checksumOf(file.subarray(at + 6, end)) !== file.readUInt32LE(at)) throw new Damage(`a record does not match its checksum at ${at}`);
  return { kind: file[at + 6], payload: file.subarray(at + headerBytes, end) };
}
