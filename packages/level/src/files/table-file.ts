import { uncompressSync } from 'snappy';
import { checksumOf } from './checksum.js';
import { Damage } from './damage.js';
import { Varints } from './varints.js';

/** Two places of blocks, padded, and the mark of the format. */
const footerBytes = 48;
const mark = Buffer.from('57fb808b247547db', 'hex');
/** Behind a block stand how it is compressed, in a byte, and its checksum. */
const checksumBytes = 4;
const compressedBySnappy = 1;

/** Where a block is. */
interface Place {
  readonly at: number;
  readonly bytes: number;
}

/** Looks at every block of a table. @throws Damage */
export function checkTable(file: Buffer): void {
  const footer = file.subarray(Math.max(0, file.length - footerBytes));
  if (footer.length < footerBytes || !footer.subarray(-mark.length).equals(mark)) throw new Damage('it does not end as a table does');
  const reader = new Varints(footer);
  const [meta, index] = [placeFrom(reader), placeFrom(reader)];
  for (const place of [...placesIn(blockAt(file, meta)), ...placesIn(blockAt(file, index))]) mustBeSound(file, place);
}

function placeFrom(reader: Varints): Place {
  return { at: reader.number(), bytes: reader.number() };
}

function mustBeSound(file: Buffer, { at, bytes }: Place): void {
  const end = at + bytes + 1;
  if (end + checksumBytes > file.length) throw new Damage(`the block at ${at} goes beyond the end`);
  if (checksumOf(file.subarray(at, end)) !== file.readUInt32LE(end)) throw new Damage(`the block at ${at} does not match its checksum`);
}

function blockAt(file: Buffer, place: Place): Buffer {
  mustBeSound(file, place);
  const { at, bytes } = place;
  const block = file.subarray(at, at + bytes);
  return file[at + bytes] === compressedBySnappy ? (uncompressSync(block) as Buffer) : block;
}

/** The places that a block of such has as the values of its keys. */
function placesIn(block: Buffer): Place[] {
  const restarts = block.readUInt32LE(block.length - 4);
  const entries = block.subarray(0, block.length - 4 * (restarts + 1));
  const places: Place[] = [];
  const reader = new Varints(entries);
  while (!reader.isAtEnd) {
    reader.number();
    const [keyBytes, valueBytes] = [reader.number(), reader.number()];
    reader.bytes(keyBytes);
    places.push(placeFrom(new Varints(reader.bytes(valueBytes))));
  }
  return places;
}
