import type { StoreRange } from '../stores/index.js';
import { rangeOfPrefix } from './entries.js';
import type { ReadonlyTable, TableEntries } from './table.js';

/** A table whose entries are read in one way: `entries`, `range` and `prefix` are scans of it. */
export abstract class ScannedTable implements ReadonlyTable {
  abstract readonly name: string;
  abstract readonly size: number;
  abstract get(key: unknown): unknown;
  abstract has(key: unknown): boolean;
  /** @param range which keys are meant, by their bytes, in the order of these; missing: all, in no order */
  abstract scan(range?: StoreRange): TableEntries<unknown, unknown>;
  /** A key as it is written. @throws CodecError */
  abstract bytesOf(key: unknown): Buffer;

  entries(): TableEntries<unknown, unknown> {
    return this.scan();
  }

  range(from: unknown, to: unknown): TableEntries<unknown, unknown> {
    return this.scan({ from: this.bytesOf(from), to: this.bytesOf(to) });
  }

  prefix(prefix: unknown): TableEntries<unknown, unknown> {
    return this.scan(rangeOfPrefix(this.bytesOf(prefix)));
  }
}
