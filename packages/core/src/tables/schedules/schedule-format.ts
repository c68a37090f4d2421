import { type BytesCodec, type Codec, decodeBytes, encodeBytes } from '../../codecs/index.js';
import { TableFormat } from '../table-format.js';

/** What is set for a key. */
export interface Scheduled {
  /** Milliseconds since 1970. */
  readonly due: number;
  readonly value: unknown;
}

/** Bytes of the time before the value. */
const dueBytes = 8;

/** How timers stand in a changelog: under their keys the time at which they are due, as a double in big-endian order, and the value. */
export function scheduleFormat(name: string, keys: Codec<unknown>, values: Codec<unknown>): TableFormat {
  const codec: BytesCodec<unknown> = {
    name: 'schedule',
    encode: (scheduled) => {
      const { due, value } = scheduled as Scheduled;
      const before = Buffer.alloc(dueBytes);
      before.writeDoubleBE(due);
      return Buffer.concat([before, encodeBytes(values, value)]);
    },
    decode: (bytes): Scheduled => ({ due: dueIn(bytes), value: decodeBytes(values, bytes.subarray(dueBytes)) }),
  };
  return new TableFormat(name, keys, codec);
}

/** The time alone, of what stands in the changelog. */
export function dueIn(bytes: Buffer): number {
  return bytes.readDoubleBE(0);
}

/** The value alone, of what stands in the changelog. */
export function valueBytes(bytes: Buffer): Buffer {
  return bytes.subarray(dueBytes);
}
