import { CodecError, DecodeError } from '../errors/index.js';
import type { BytesCodec } from './codec.js';
import { show } from './show.js';

/** What one fixed-width codec is made of. */
interface Layout<T> {
  readonly name: string;
  readonly sizeBytes: number;
  /** What may be encoded, in words. */
  readonly takes: string;
  fits(value: unknown): boolean;
  write(bytes: Buffer, value: T): void;
  read(bytes: Buffer): T;
}

function fixed<T>({ name, sizeBytes, takes, fits, write, read }: Layout<T>): BytesCodec<T> {
  return {
    name,
    form: 'bytes',
    encode(value) {
      if (!fits(value)) throw new CodecError(`${name}: cannot encode ${show(value)}. Give ${takes}`);
      const bytes = Buffer.allocUnsafe(sizeBytes);
      write(bytes, value);
      return bytes;
    },
    decode(bytes) {
      if (bytes.length !== sizeBytes) throw refused(name, `${sizeBytes} ${sizeBytes === 1 ? 'byte' : 'bytes'}`, bytes);
      return read(bytes);
    },
  };
}

function refused(name: string, expected: string, bytes: Buffer): DecodeError {
  const shown = bytes.length === 0 ? '' : `: 0x${bytes.subarray(0, 16).toString('hex')}`;
  return new DecodeError(name, [{ path: '', expected, received: `${bytes.length} ${bytes.length === 1 ? 'byte' : 'bytes'}${shown}` }]);
}

/** Writes the low 32 bits of a whole number. Byte by byte: that costs half of what a call of `writeUInt32BE` does. */
function put(bytes: Buffer, at: number, value: number): void {
  const low = value | 0;
  bytes[at] = low >>> 24;
  bytes[at + 1] = low >>> 16;
  bytes[at + 2] = low >>> 8;
  bytes[at + 3] = low;
}

/** A 32-bit integer, big-endian, as Java's IntegerSerializer writes it. */
export const integer = fixed<number>({
  name: 'integer',
  sizeBytes: 4,
  takes: 'a whole number from -2147483648 to 2147483647',
  fits: (value) => typeof value === 'number' && (value | 0) === value,
  write: (bytes, value) => put(bytes, 0, value),
  read: (bytes) => bytes.readInt32BE(),
});

const high = 2 ** 32;

/** A 64-bit integer, big-endian, as Java's LongSerializer writes it, within what a number holds exactly (±2⁵³−1). */
export const long = fixed<number>({
  name: 'long',
  sizeBytes: 8,
  takes: 'a whole number from -(2**53 - 1) to 2**53 - 1',
  fits: Number.isSafeInteger,
  write: (bytes, value) => {
    put(bytes, 0, Math.floor(value / high));
    put(bytes, 4, value);
  },
  read: (bytes) => {
    const value = bytes.readInt32BE() * high + bytes.readUInt32BE(4);
    if (Number.isSafeInteger(value)) return value;
    throw refused('long', 'a long that a number holds exactly (within ±2**53 - 1; read larger ones as raw)', bytes);
  },
});

/** A double, big-endian, as Java's DoubleSerializer writes it. */
export const double = fixed<number>({
  name: 'double',
  sizeBytes: 8,
  takes: 'a number',
  fits: (value) => typeof value === 'number',
  write: (bytes, value) => bytes.writeDoubleBE(value),
  read: (bytes) => bytes.readDoubleBE(),
});

/** One byte, 1 or 0, as Java's BooleanSerializer writes it. */
export const boolean = fixed<boolean>({
  name: 'boolean',
  sizeBytes: 1,
  takes: 'true or false',
  fits: (value) => typeof value === 'boolean',
  write: (bytes, value) => bytes.writeUInt8(value ? 1 : 0),
  read: (bytes) => {
    if (bytes[0] === 1 || bytes[0] === 0) return bytes[0] === 1;
    throw refused('boolean', 'the byte 1 or 0', bytes);
  },
});
