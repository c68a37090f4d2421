import { type BytesCodec, type Codec, codecNamed } from '../../codecs/index.js';
import { TableFormat } from '../table-format.js';

/** Bytes before the key that say how long it is. */
const lengthBytes = 4;

/** How the elements of sets stand in a changelog: the length of the key, the key, the element; the value says only that it is there. */
export class SetKeys {
  /** That of the changelog. */
  readonly format: TableFormat;
  readonly #keys: TableFormat;
  readonly #elements: TableFormat;

  constructor(table: string, keys: Codec<unknown>, elements: Codec<unknown>) {
    const there = codecNamed('boolean');
    this.#keys = new TableFormat(table, keys, there);
    this.#elements = new TableFormat(table, elements, there);
    this.format = new TableFormat(table, this.#codec(), there);
  }

  #codec(): BytesCodec<unknown> {
    return {
      name: 'set',
      encode: (pair) => {
        const [key, element] = pair as readonly [unknown, unknown];
        return Buffer.from(this.cellKey(this.prefixOf(key), element), 'latin1');
      },
      decode: (bytes) => {
        const cellKey = bytes.toString('latin1');
        return [this.keyOf(prefixIn(cellKey)), this.elementOf(cellKey)];
      },
    };
  }

  /** What the cell keys of the elements of a set begin with. @throws CodecError */
  prefixOf(key: unknown): string {
    const bytes = this.#keys.keyBytes(this.#keys.cellKey(key));
    const length = Buffer.alloc(lengthBytes);
    length.writeUInt32BE(bytes.length);
    return length.toString('latin1') + bytes.toString('latin1');
  }

  /** @throws CodecError */
  cellKey(prefix: string, element: unknown): string {
    return prefix + this.#elements.keyBytes(this.#elements.cellKey(element)).toString('latin1');
  }

  keyOf(prefix: string): unknown {
    return this.#keys.key(this.#keys.cellKeyOf(this.keyBytesOf(prefix)));
  }

  keyBytesOf(prefix: string): Buffer {
    return Buffer.from(prefix.slice(lengthBytes), 'latin1');
  }

  elementOf(cellKey: string): unknown {
    return this.#elements.key(this.#elements.cellKeyOf(Buffer.from(cellKey.slice(prefixIn(cellKey).length), 'latin1')));
  }
}

/** The part of a cell key that all elements of its set share. */
export function prefixIn(cellKey: string): string {
  return cellKey.slice(0, lengthBytes + Buffer.from(cellKey.slice(0, lengthBytes), 'latin1').readUInt32BE());
}
