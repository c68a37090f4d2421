import { type Codec, decodeBytes, mayBeMalformed } from '../codecs/index.js';
import { CodecError, DecodeError, reason, StateError, withRemedy } from '../errors/index.js';
import type { StoreKey } from '../stores/index.js';
import { encode } from '../topics/index.js';
import { type Batch, type Payload, payloadBytes } from '../transport/index.js';

/** What a changelog takes: the largest message of a broker that was told nothing else (`max.message.bytes`), less what comes around an entry. */
const entryBytesMax = 1_048_588 - 192;
/** Of a table whose entries say what a key had before: a header takes as much as the value. */
export const previousBytesMax = entryBytesMax / 2;

/** From here on a buffer of its own takes no more memory than a text. */
const bufferBytesMin = 4_096;

export interface FormatOptions {
  /** How long after the event that wrote it an entry expires. @default never */
  readonly ttlMs?: number;
  /** Whether that is counted from the event, or from the time of the partition where that has come further. @default 'event' */
  readonly agesBy?: 'event' | 'partition';
  /** Whether an entry has room for what the key had before. @default false */
  readonly tellsPrevious?: boolean;
}

/** How the keys and values of a table stand in its changelog, and keys in its shards: as text, of bytes one character for each. */
export class TableFormat {
  /** The name of the table. */
  readonly table: string;
  /** How long after the event that wrote it an entry expires; undefined for never. */
  readonly ttlMs: number | undefined;
  readonly agesBy: 'event' | 'partition';
  readonly #keys: Codec<unknown>;
  readonly #values: Codec<unknown>;
  readonly #areKeysText: boolean;
  readonly #areValuesText: boolean;

  readonly #bytesMax: number;

  constructor(
    table: string,
    keys: Codec<unknown>,
    values: Codec<unknown>,
    { ttlMs, agesBy = 'event', tellsPrevious = false }: FormatOptions = {},
  ) {
    this.#bytesMax = tellsPrevious ? previousBytesMax : entryBytesMax;
    this.table = table;
    this.ttlMs = ttlMs;
    this.agesBy = agesBy;
    this.#keys = keys;
    this.#values = values;
    this.#areKeysText = keys.form === 'text';
    this.#areValuesText = values.form === 'text';
  }

  /** @throws CodecError for a key that cannot be encoded, or is none */
  cellKey(key: unknown): string {
    if (this.#areKeysText && typeof key === 'string') {
      if (!isWellFormed(key))
        throw new CodecError(`a key of table ${this.table} is half of a character (a lone surrogate): UTF-8 cannot say it`);
      return (this.#keys as { encode(key: unknown): string }).encode(key);
    }
    const encoded = encode(this.#keys, key, `a key of table ${this.table}`);
    if (encoded === null) throw new CodecError(`a key of table ${this.table} is ${String(key)}: a table has no entry without a key`);
    return typeof encoded === 'string' ? encoded : bufferOf(encoded).toString('latin1');
  }

  /** The key of a message of the changelog, from its bytes. */
  cellKeyOf(bytes: Buffer): string {
    return bytes.toString(this.#areKeysText ? 'utf8' : 'latin1');
  }

  /** The same, of a batch. Undefined where a message has no key: in a topic of others. */
  cellKeyAt(batch: Batch, index: number): string | undefined {
    if (this.#areKeysText) return batch.keyText(index) ?? undefined;
    const bytes = batch.key(index);
    return bytes === null ? undefined : this.cellKeyOf(bytes);
  }

  /** A key as it is written: to the changelog and to a store. */
  keyPayload(cellKey: string): StoreKey {
    return this.#areKeysText ? cellKey : Buffer.from(cellKey, 'latin1');
  }

  /** A value of the changelog as it takes least memory: text as it is where values are text, else one character for each byte, or the bytes where they are many. */
  compactValueAt(batch: Batch, index: number): string | Buffer | null {
    if (!this.#areValuesText) return compact(batch.value(index));
    const text = batch.valueText(index);
    if (text === null || !mayBeMalformed(text)) return text;
    const bytes = batch.value(index);
    return bytes && Buffer.from(bytes);
  }

  /** The same as it is written. */
  payload(value: string | Buffer): Payload {
    return typeof value === 'string' && !this.#areValuesText ? Buffer.from(value, 'latin1') : value;
  }

  keyBytes(cellKey: string): Buffer {
    return Buffer.from(cellKey, this.#areKeysText ? 'utf8' : 'latin1');
  }

  /** @throws StateError `STATE_UNREADABLE` */
  key(cellKey: string): unknown {
    try {
      return decodeBytes(this.#keys, this.keyBytes(cellKey));
    } catch (cause) {
      throw this.#unreadable(`the key ${JSON.stringify(cellKey)}`, cause);
    }
  }

  /**
   * An entry of the changelog.
   * @param value undefined is a tombstone
   * @throws StateError `VALUE_UNWRITABLE` for a value that cannot be encoded, or is larger than a changelog takes
   */
  entry(cellKey: string, value: unknown): [key: Payload, value: Payload] {
    const key = this.keyPayload(cellKey);
    if (value === undefined) return [key, null];
    const payload = this.#encoded(cellKey, value);
    const bytes = payloadBytes(key) + payloadBytes(payload);
    if (bytes <= this.#bytesMax) return [key, payload];
    throw this.#unwritable(cellKey, `it takes ${bytes} bytes, and a changelog takes ${this.#bytesMax}. Split it over several keys`);
  }

  /** A value as it is written, in a form that takes little memory. @throws StateError as `entry` */
  payloadOf(cellKey: string, value: unknown): string | Buffer {
    const [, payload] = this.entry(cellKey, value);
    if (typeof payload === 'string' || payload === null) return payload ?? '';
    // Bytes that are the caller's may be changed by him.
    return Buffer.from(payload);
  }

  /** What is read back of a value. @throws StateError `VALUE_UNWRITABLE` where that is refused */
  readBack(payload: string | Buffer, cellKey: string): unknown {
    try {
      return decodeBytes(this.#values, typeof payload === 'string' ? Buffer.from(payload) : payload);
    } catch (cause) {
      throw this.#unwritable(cellKey, `it could not be read back: ${reason(cause)}`, cause);
    }
  }

  #encoded(cellKey: string, value: unknown): Payload {
    if (typeof value === 'string' && !isWellFormed(value))
      throw this.#unwritable(cellKey, 'it has half of a character (a lone surrogate), which UTF-8 cannot say');
    try {
      return encode(this.#values, value, 'it');
    } catch (cause) {
      throw this.#unwritable(cellKey, reason(cause), cause);
    }
  }

  #unwritable(cellKey: string, why: string, cause?: unknown): StateError {
    const message = `table ${this.table} cannot write its value of ${JSON.stringify(cellKey)} to the changelog: ${why}`;
    return new StateError(message, { code: 'VALUE_UNWRITABLE', cause });
  }

  /** @param payload bytes, or as `compactValueAt` gives them @throws StateError `STATE_UNREADABLE` */
  value(payload: string | Buffer, cellKey: string): unknown {
    try {
      // Bytes may be handed through as they are, and be changed by whoever is given them.
      if (typeof payload !== 'string') return decodeBytes(this.#values, Buffer.from(payload));
      return this.#values.form === 'text' ? this.#values.decode(payload) : this.#values.decode(Buffer.from(payload, 'latin1'));
    } catch (cause) {
      throw this.#unreadable(`its value of ${JSON.stringify(cellKey)}`, cause);
    }
  }

  #unreadable(what: string, cause: unknown): StateError {
    const remedy = isOfNewer(cause)
      ? 'It is left as it is'
      : 'It was written by other code: read it with the codec that wrote it, say what was before (`upcast`), delete the key, or begin anew (`weir reset`, or another `version` of the app)';
    const message = `table ${this.table} cannot read ${what}: ${withRemedy(reason(cause), remedy)}`;
    return new StateError(message, { code: 'STATE_UNREADABLE', cause });
  }
}

function isOfNewer(cause: unknown): boolean {
  return cause instanceof DecodeError && cause.code === 'VERSION_NEWER';
}

/** Whether a text has no lone surrogates. In every Node that weir runs on, and not in the types of ES2022. */
export function isWellFormed(text: string): boolean {
  return (text as unknown as { isWellFormed(): boolean }).isWellFormed();
}

function compact(value: Buffer | null): string | Buffer | null {
  if (value === null) return null;
  return value.length < bufferBytesMin ? value.toString('latin1') : Buffer.from(value);
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
