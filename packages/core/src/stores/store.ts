import type { Logger } from 'pino';

/** The key of an entry: its bytes, or text that stands for its UTF-8. */
export type StoreKey = Uint8Array | string;

/** An entry as a store gives it out. */
export type StoreEntry = readonly [key: Buffer, value: Buffer];

/** How far a table of a store has come: written with the entries that it is about. */
export interface StoreNote {
  /** The offset of its changelog from which it is to be read on: whatever stands before it is in the store. */
  readonly position: number;
  /** That of the changelog (KIP-516). Missing where the broker does not tell. */
  readonly topicId?: string;
  /** When it was last known to hold all of its changelog, in milliseconds since 1970. */
  readonly seenAt: number;
  /** How many keys it has; −1 where that is not known. */
  readonly size: number;
  /** How far the event time of its partition group had come, in milliseconds since 1970, where its entries expire. */
  readonly time?: number;
  /** Where the log began when it was read. Of a topic that others write, whose retention may take entries; missing of an own changelog. */
  readonly low?: number;
}

/** Keys from the first to before the last, by their bytes; a missing end is open. */
export interface StoreRange {
  readonly from?: Buffer;
  readonly to?: Buffer;
}

/** What is written together. It is filled in slices, so a store must take each entry at once, and keep it out of sight until `write`. */
export interface StoreBatch {
  put(table: string, key: StoreKey, value: StoreKey): void;
  delete(table: string, key: StoreKey): void;
  /**
   * Writes all of it or nothing, also when the process is killed. It need not outlive the machine: what is lost is read again from the changelog. Called
   * once, and never while another batch is being written. After a `STORE_FAILED` the same may be tried with another batch: nothing of this one is there
   * then. A store that cannot promise that any more refuses every other one, too.
   * @param notes of some tables, in the place of their former ones
   * @throws StateError `STORE_FAILED`
   */
  write(notes: ReadonlyMap<string, StoreNote>): Promise<void>;
}

/** The tables of one partition group, each under its name. A store that has failed rejects, and need not be usable any more. */
export interface GroupStore {
  /** What was written last, by table. A table without a note may have entries that are left over. */
  readonly notes: ReadonlyMap<string, StoreNote>;
  /** Why it takes no batch any more before it is opened again, however often one is tried. Missing or undefined while it may. */
  readonly failure?: unknown;
  /** What is stored under a key; waits for nothing. */
  get(table: string, key: StoreKey): Buffer | undefined;
  /** Entries in the order of the keys' bytes, some at a time, as they are when the first of them are asked for. */
  entries(table: string, range?: StoreRange): AsyncIterable<readonly StoreEntry[]>;
  /** How many keys a table has. */
  count(table: string): Promise<number>;
  batch(): StoreBatch;
  /** Forgets a table: first its note, so that what a killed process leaves of it is known to be left over. */
  clear(table: string): Promise<void>;
  /**
   * Never opens what is in it again, though it may keep it: it cannot be read, or not be trusted. Called before `close`. A store that
   * knows that the system has refused to read it, as where too many files are open, may go on with what is there.
   */
  discard(): void;
  /** Waits for a batch that is being written. Safe to call twice. */
  close(): Promise<void>;
}

/** The stores of one worker, one for each partition group. */
export interface Stores {
  /**
   * The store of a partition group; an empty one where there is none, or where that is damaged. Waits until a former one of the same
   * name is closed.
   * @param name of letters, digits, `.`, `_` and `-`
   * @throws StateError `STORE_FAILED` where the system refuses, as on a full disk: what is there stays as it is
   */
  open(name: string): Promise<GroupStore>;
  /** The partition groups that have a store here. */
  names(): Promise<readonly string[]>;
  /** Closes what is open, and lets go of the folder. Safe to call twice. */
  close(): Promise<void>;
}

/** What stores are opened with. */
export interface StoresOptions {
  /** Theirs alone. Made where it is not there. */
  readonly directory: string;
  readonly logger: Logger;
}

/**
 * Opens the stores of a worker. A package that offers some exports a function of this type named `open`.
 * @throws StateError `STORE_LOCKED` when another worker has the folder; `STORE_FAILED` when it cannot be used
 */
export type OpenStores = (options: StoresOptions) => Promise<Stores>;
