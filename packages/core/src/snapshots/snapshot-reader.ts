import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { entriesIn, type SnapshotEntry } from './entry.js';
import { damaged, type FoundHead, headOf, refused, type SnapshotHead } from './head.js';

const checksumBytes = 32;
const chunkBytes = 1024 * 1024;

/** A snapshot that is whole. */
export class SnapshotReader {
  readonly head: SnapshotHead;
  readonly #file: string;
  readonly #first: number;
  readonly #last: number;

  private constructor(file: string, { head, length }: FoundHead, sizeBytes: number) {
    this.#file = file;
    this.head = head;
    this.#first = length;
    this.#last = sizeBytes - checksumBytes;
  }

  /** Reads all of it once, and compares its checksum. @throws StateError `FORMAT_NEWER`, `SNAPSHOT_REFUSED` */
  static async open(file: string): Promise<SnapshotReader> {
    const sizeBytes = await sizeOf(file);
    const found = await readHead(file);
    const hash = createHash('sha256');
    const content = Math.max(0, sizeBytes - checksumBytes);
    for await (const chunk of chunks(file, 0, content)) hash.update(chunk);
    const said: Buffer[] = [];
    for await (const chunk of chunks(file, content, sizeBytes)) said.push(chunk);
    if (found === undefined || !hash.digest().equals(Buffer.concat(said))) throw refused(file, damaged);
    return new SnapshotReader(file, found, sizeBytes);
  }

  /** Some at a time. */
  async *entries(): AsyncGenerator<readonly SnapshotEntry[]> {
    let rest: Buffer = Buffer.alloc(0);
    for await (const chunk of chunks(this.#file, this.#first, this.#last)) {
      const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      const { entries, length } = entriesIn(bytes);
      rest = bytes.subarray(length);
      if (entries.length > 0) yield entries;
    }
  }
}

async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch (cause) {
    throw refused(file, 'cannot be read', cause);
  }
}

/** Undefined where a file ends within its head. */
async function readHead(file: string): Promise<FoundHead | undefined> {
  let start: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks(file, 0, Number.POSITIVE_INFINITY)) {
    start = Buffer.concat([start, chunk]);
    const found = headOf(file, start);
    if (found !== undefined) return found;
  }
  return start.length === 0 ? headOf(file, start) : undefined;
}

/** The bytes from the first to before the last. */
async function* chunks(file: string, first: number, last: number): AsyncGenerator<Buffer> {
  if (last > first) yield* createReadStream(file, { start: first, end: last - 1, highWaterMark: chunkBytes }) as AsyncIterable<Buffer>;
}
