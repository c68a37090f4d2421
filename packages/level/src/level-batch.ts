import { isUtf8 } from 'node:buffer';
import { reason, StateError } from '@weir/core/internal/errors';
import type { StoreBatch, StoreKey, StoreNote } from '@weir/core/internal/stores';
import { failed, nothingIsLost } from './failed.js';
import { bytesOf, keyOf, noteOf } from './keys.js';
import type { Level } from './level.js';

const textAsValue = { valueEncoding: 'utf8' } as const;
const bytesAsKey = { keyEncoding: 'buffer' } as const;
const bytesAsKeyTextAsValue = { keyEncoding: 'buffer', valueEncoding: 'utf8' } as const;

/** What must be free on the disk beside twice the batch: what LevelDB writes by itself, when it makes tables of its log, is a few MiB. */
const roomBytes = 16 * 1024 * 1024;

/** What a batch is made for. */
export interface LevelBatchParts {
  readonly level: Level;
  readonly folder: string;
  /** How many bytes are free there. */
  readonly freeBytes: () => Promise<number>;
  /** What a write has failed with half-way. */
  readonly broken: () => unknown;
  /** Told what was written, or that it is not known what was. */
  readonly written: (notes: ReadonlyMap<string, StoreNote>) => void;
  readonly failed: (error: unknown) => void;
  /** Told why nothing is written any more. */
  readonly ended: (failure: unknown) => void;
}

/** A batch that goes to LevelDB entry by entry, so that filling it keeps nobody waiting, and is written at once. */
export class LevelBatch implements StoreBatch {
  readonly #batch: ReturnType<Level['batch']>;
  readonly #parts: LevelBatchParts;
  #bytes = 0;

  constructor(parts: LevelBatchParts) {
    this.#batch = parts.level.batch();
    this.#parts = parts;
  }

  /** No options are the fast way, ten times as fast: most keys are text, or bytes that could be. */
  put(table: string, given: StoreKey, value: StoreKey): void {
    const key = asText(given);
    this.#bytes += key.length + value.length;
    if (typeof key === 'string') {
      if (typeof value === 'string') this.#batch.put<string, string>(keyOf(table, key), value, textAsValue);
      else this.#batch.put(keyOf(table, key), value as Buffer);
    } else if (typeof value === 'string') this.#batch.put<Buffer, string>(bytesOf(table, key), value, bytesAsKeyTextAsValue);
    else this.#batch.put<Buffer, Buffer>(bytesOf(table, key), value as Buffer, bytesAsKey);
  }

  delete(table: string, given: StoreKey): void {
    const key = asText(given);
    if (typeof key === 'string') this.#batch.del(keyOf(table, key));
    else this.#batch.del<Buffer>(bytesOf(table, key), bytesAsKey);
  }

  async write(notes: ReadonlyMap<string, StoreNote>): Promise<void> {
    const { folder, written, failed: hasFailed } = this.#parts;
    for (const [table, note] of notes) this.#batch.put<string, string>(noteOf(table), JSON.stringify(note), textAsValue);
    const refusal = await this.#refusal();
    if (refusal !== undefined) {
      await this.#batch.close();
      throw refusal;
    }
    try {
      await this.#batch.write();
    } catch (error) {
      hasFailed(error);
      throw failed(folder, error);
    }
    written(notes);
  }

  /**
   * Why nothing is written. After a failure that is for good once there is room: LevelDB has to be opened again, and cannot be while
   * events read.
   */
  async #refusal(): Promise<StateError | undefined> {
    const { folder, broken, ended } = this.#parts;
    try {
      await this.#mustHaveRoom();
    } catch (error) {
      return failed(folder, error);
    }
    const error = broken();
    if (error === undefined) return undefined;
    const why = `one failed half-way (${reason(error)}), and it has to be opened again`;
    const failure = new StateError(`the store in ${folder} takes no more writes: ${why}. ${nothingIsLost} Start again`, {
      code: 'STORE_FAILED',
      cause: error,
    });
    ended(failure);
    return failure;
  }

  /**
   * A log that LevelDB could write in part only is not read beyond that place, and what is written behind it is lost: it is not let come
   * to that.
   */
  async #mustHaveRoom(): Promise<void> {
    const free = await this.#parts.freeBytes();
    const needed = roomBytes + 2 * this.#bytes;
    if (free < needed) throw new Error(`no space left on device: ${free} bytes are free, and ${needed} are needed`);
  }
}

/** The same bytes as text where they are some. */
function asText(key: StoreKey): StoreKey {
  return typeof key === 'string' || !isUtf8(key) ? key : Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString();
}
