import { type Codec, codecNamed } from '../../codecs/index.js';
import { TableFormat } from '../table-format.js';
import { eventsIn, gone, holdsEvents, marksIn } from './block.js';

/** Values of this size may be too large for a changelog. */
const doubtedBytes = 512 * 1024;
/** Bytes of the number of a stretch, and of a sequence number. */
const numberBytes = 6;
/** Numbers of stretches may be negative, and stand in the order of their bytes. */
const zero = 2 ** 47;

/**
 * How events that wait for counterparts stand in a changelog: many in one block, under the number of the stretch of time with which they are over (6 bytes) and
 * a sequence number (6), both big-endian.
 */
export class JoinFormat {
  /** That of the blocks. */
  readonly format: TableFormat;
  /** That of the keys of events. */
  readonly keys: TableFormat;

  constructor(join: string, keys: Codec<unknown>) {
    const raw = codecNamed('raw');
    this.keys = new TableFormat(join, keys, raw);
    this.format = new TableFormat(join, raw, raw);
  }

  cellKey(stretch: number, sequence: number): string {
    const bytes = Buffer.allocUnsafe(2 * numberBytes);
    bytes.writeUIntBE(stretch + zero, 0, numberBytes);
    bytes.writeUIntBE(sequence, numberBytes, numberBytes);
    return bytes.toString('latin1');
  }

  sequenceIn(cellKey: string): number {
    return Buffer.from(cellKey, 'latin1').readUIntBE(numberBytes, numberBytes);
  }

  /** @throws StateError `VALUE_UNWRITABLE` for an event that is larger than a changelog takes */
  mustFit(key: string, value: Buffer): void {
    if (value.length + key.length > doubtedBytes) this.keys.entry(key, value);
  }
}

/** How many events wait in some blocks. */
export function waitingIn(blocks: Iterable<Buffer>): number {
  let count = 0;
  for (const bytes of blocks) {
    if (holdsEvents(bytes)) for (const { marks } of eventsIn(bytes)) count += 1 - (marks & gone) / gone;
    else for (const { mark } of marksIn(bytes)) count -= (mark & gone) / gone;
  }
  return count;
}
