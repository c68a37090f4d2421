import type { GroupStore, StoreBatch, StoreEntry, StoreNote, StoreRange } from '../../stores/index.js';
import type { Payload } from '../../transport/index.js';
import type { Cell } from '../cell.js';
import type { TableFormat } from '../table-format.js';

/** A table of a store, as its shard sees it: what is stored, what is owed to it, and how far it has come. */
export class StoredTable {
  readonly #store: GroupStore;
  readonly #format: TableFormat;
  readonly #unreadable: (error: unknown) => void;
  /** Cells that came from the changelog; some may have been stored since, by a checkpoint. */
  readonly #owed: Cell[] = [];
  /** Those of them that are being written, and have not changed since. */
  #taken = new Set<Cell>();
  /** The offset of the changelog before which everything is in the store once nothing is owed. */
  position = 0;
  /** When the shard last had everything that the changelog has. */
  seenAt = 0;
  topicId: string | undefined;
  /** Where the log began, of one that others write. */
  low: number | undefined;

  /** @param unreadable told when the store cannot be read */
  constructor(
    store: GroupStore,
    format: TableFormat,
    unreadable: (error: unknown) => void,
    readonly name: string,
  ) {
    this.#store = store;
    this.#format = format;
    this.#unreadable = unreadable;
  }

  /** What was noted when it was last written. */
  get note(): StoreNote | undefined {
    return this.#store.notes.get(this.name);
  }

  get(cellKey: string): Buffer | undefined {
    try {
      return this.#store.get(this.name, this.#format.keyPayload(cellKey));
    } catch (error) {
      this.#unreadable(error);
      throw error;
    }
  }

  /** In the order of the keys' bytes, as they are when the first are asked for. */
  async *entries(range: StoreRange | undefined): AsyncGenerator<readonly StoreEntry[]> {
    try {
      yield* this.#store.entries(this.name, range);
    } catch (error) {
      this.#unreadable(error);
      throw error;
    }
  }

  get owes(): boolean {
    return this.#owed.length > 0;
  }

  /** The cells that may differ from what is stored. */
  *unstored(): Generator<Cell> {
    for (const cell of this.#owed) if (cell.isOwed) yield cell;
    yield* this.#taken;
  }

  owe(cell: Cell): void {
    if (cell.isOwed && !this.#taken.has(cell)) return;
    // One that is being written may have been staged as it was before.
    this.#taken.delete(cell);
    cell.isOwed = true;
    this.#owed.push(cell);
  }

  /** Up to so many cells that are owed, to be written; until `wrote` they are owed all the same. */
  take(max: number): readonly Cell[] {
    const taken = this.#owed.splice(-max).filter(({ isOwed }) => isOwed);
    this.#taken = new Set(taken);
    return taken;
  }

  /** What was taken is written. */
  wrote(): void {
    for (const cell of this.#taken) cell.isOwed = false;
    this.#taken.clear();
  }

  /** @param value null for a key that is not there */
  stage(batch: StoreBatch, cellKey: string, value: Payload): void {
    const key = this.#format.keyPayload(cellKey);
    if (value === null) batch.delete(this.name, key);
    else batch.put(this.name, key, value);
  }

  /**
   * What is to be noted with a batch: how far it has come, or, while something is owed, that more of it may be there than stands in the note. What has no note
   * gets none then: it is not known what of it was deleted since.
   */
  noteWith(size: number): StoreNote | undefined {
    const { note, position, topicId, seenAt, low } = this;
    if (!this.owes) return { position, seenAt, size, ...(topicId !== undefined && { topicId }), ...(low !== undefined && { low }) };
    return note === undefined || note.size < 0 ? undefined : { ...note, size: -1 };
  }
}
