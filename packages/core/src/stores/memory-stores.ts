import type { GroupStore, StoreBatch, StoreEntry, StoreKey, StoreNote, StoreRange, Stores } from './store.js';

/** Entries that `entries` gives at a time. */
const chunkMax = 1_000;

/** Keys and values of a table, the keys as one character for each byte: they sort as their bytes do. */
type Entries = Map<string, Buffer>;

/** What a group has, also while nobody has it open. */
interface Content {
  readonly tables: Map<string, Entries>;
  readonly notes: Map<string, StoreNote>;
}

/** Stores in the memory of the process: what is written is there as long as this object is. */
export class MemoryStores implements Stores {
  readonly #contents = new Map<string, Content>();
  readonly #open = new Map<string, MemoryGroupStore>();

  async open(name: string): Promise<GroupStore> {
    for (let open = this.#open.get(name); open !== undefined; open = this.#open.get(name)) await open.closed;
    const content = this.#contents.get(name) ?? { tables: new Map(), notes: new Map() };
    this.#contents.set(name, content);
    const store = new MemoryGroupStore(content, (isDiscarded) => {
      this.#open.delete(name);
      if (isDiscarded) this.#contents.delete(name);
    });
    this.#open.set(name, store);
    return store;
  }

  async names(): Promise<readonly string[]> {
    return [...this.#contents.keys()];
  }

  async close(): Promise<void> {
    await Promise.all([...this.#open.values()].map((store) => store.close()));
  }
}

class MemoryGroupStore implements GroupStore {
  readonly #content: Content;
  readonly #ended: (isDiscarded: boolean) => void;
  #isDiscarded = false;
  #close!: () => void;
  readonly closed: Promise<void>;

  constructor(content: Content, ended: (isDiscarded: boolean) => void) {
    this.#content = content;
    this.closed = new Promise((resolve) => {
      this.#close = resolve;
    });
    this.#ended = ended;
  }

  get notes(): ReadonlyMap<string, StoreNote> {
    return this.#content.notes;
  }

  get(table: string, key: StoreKey): Buffer | undefined {
    return this.#content.tables.get(table)?.get(nameOf(key));
  }

  async *entries(table: string, { from, to }: StoreRange = {}): AsyncGenerator<readonly StoreEntry[]> {
    const [first, last] = [from && nameOf(from), to && nameOf(to)];
    const all = [...(this.#content.tables.get(table) ?? [])];
    const found = all.filter(([key]) => (first === undefined || key >= first) && (last === undefined || key < last));
    found.sort(([one], [other]) => (one < other ? -1 : 1));
    for (let at = 0; at < found.length; at += chunkMax)
      yield found.slice(at, at + chunkMax).map(([key, value]): StoreEntry => [Buffer.from(key, 'latin1'), value]);
  }

  async count(table: string): Promise<number> {
    return this.#content.tables.get(table)?.size ?? 0;
  }

  batch(): StoreBatch {
    return new MemoryBatch(this.#content);
  }

  async clear(table: string): Promise<void> {
    this.#content.notes.delete(table);
    this.#content.tables.delete(table);
  }

  discard(): void {
    this.#isDiscarded = true;
  }

  async close(): Promise<void> {
    this.#ended(this.#isDiscarded);
    this.#close();
  }
}

class MemoryBatch implements StoreBatch {
  readonly #content: Content;
  readonly #changes: (readonly [table: string, key: string, value: Buffer | undefined])[] = [];

  constructor(content: Content) {
    this.#content = content;
  }

  put(table: string, key: StoreKey, value: StoreKey): void {
    this.#changes.push([table, nameOf(key), Buffer.from(bytesOf(value))]);
  }

  delete(table: string, key: StoreKey): void {
    this.#changes.push([table, nameOf(key), undefined]);
  }

  async write(notes: ReadonlyMap<string, StoreNote>): Promise<void> {
    for (const [table, key, value] of this.#changes) {
      const entries = this.#content.tables.get(table) ?? new Map<string, Buffer>();
      this.#content.tables.set(table, entries);
      if (value === undefined) entries.delete(key);
      else entries.set(key, value);
    }
    for (const [table, note] of notes) this.#content.notes.set(table, note);
  }
}

function nameOf(key: StoreKey): string {
  return bytesOf(key).toString('latin1');
}

function bytesOf(text: StoreKey): Buffer {
  return typeof text === 'string' ? Buffer.from(text) : Buffer.from(text.buffer, text.byteOffset, text.byteLength);
}
