import type { StoreBatch, StoreKey, StoreNote } from '@weir/core/internal/stores';
import { failed } from './failed.js';
import { bytesOf, keyOf, noteOf } from './keys.js';
import type { Level } from './level.js';

const textAsValue = { valueEncoding: 'utf8' } as const;
const bytesAsKey = { keyEncoding: 'buffer' } as const;
const bytesAsKeyTextAsValue = { keyEncoding: 'buffer', valueEncoding: 'utf8' } as const;

/** A batch that goes to LevelDB entry by entry, so that filling it keeps nobody waiting, and is written at once. */
export class LevelBatch implements StoreBatch {
  readonly #batch: ReturnType<Level['batch']>;
  readonly #folder: string;
  readonly #written: (notes: ReadonlyMap<string, StoreNote>) => void;

  constructor(level: Level, folder: string, written: (notes: ReadonlyMap<string, StoreNote>) => void) {
    this.#batch = level.batch();
    this.#folder = folder;
    this.#written = written;
  }

  /** No options are the fast way: most keys are text. */
  put(table: string, key: StoreKey, value: StoreKey): void {
    if (typeof key === 'string') {
      if (typeof value === 'string') this.#batch.put<string, string>(keyOf(table, key), value, textAsValue);
      else this.#batch.put(keyOf(table, key), value as Buffer);
    } else if (typeof value === 'string') this.#batch.put<Buffer, string>(bytesOf(table, key), value, bytesAsKeyTextAsValue);
    else this.#batch.put<Buffer, Buffer>(bytesOf(table, key), value as Buffer, bytesAsKey);
  }

  delete(table: string, key: StoreKey): void {
    if (typeof key === 'string') this.#batch.del(keyOf(table, key));
    else this.#batch.del<Buffer>(bytesOf(table, key), bytesAsKey);
  }

  async write(notes: ReadonlyMap<string, StoreNote>): Promise<void> {
    for (const [table, note] of notes) this.#batch.put<string, string>(noteOf(table), JSON.stringify(note), textAsValue);
    try {
      await this.#batch.write();
    } catch (error) {
      throw failed(this.#folder, error);
    }
    this.#written(notes);
  }
}
