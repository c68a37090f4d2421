import { isUtf8 } from 'node:buffer';
import { FrequentKeys } from './frequent-keys.js';

/** How much of a key is counted: longer ones that begin alike are counted as one. */
const prefixMax = 64;

/** How often a key was written and how often attempts that had read it were overtaken, at least: by one worker, since it began. */
export interface HotKey {
  /** A key as JSON says it; of a long one how it begins. */
  readonly key: unknown;
  readonly written: number;
  readonly overtaken: number;
}

/** Those of a table. */
export interface HotTable {
  readonly table: string;
  readonly keys: readonly HotKey[];
}

/** How the keys of a table are shown. */
export interface ShownKeys {
  /** The part of a cell key that is counted. */
  readonly counted?: (cellKey: string) => string;
  /** What that stands for. */
  readonly keyOf: (counted: string) => unknown;
  readonly bytesOf: (counted: string) => Buffer;
}

/** Counts which keys of a table are written most, and which stand in the way of others. */
export class HotKeys {
  readonly #shown: ShownKeys;
  readonly #written = new FrequentKeys();
  readonly #overtaken = new FrequentKeys();
  /** Whether anything has come since the last report. */
  hasChanged = false;

  constructor(shown: ShownKeys) {
    this.#shown = shown;
  }

  /** A checkpoint has written it. */
  written(cellKey: string): void {
    this.#add(this.#written, cellKey);
  }

  /** An attempt that has read it was overtaken by another that has changed it. */
  overtaken(cellKey: string): void {
    this.#add(this.#overtaken, cellKey);
  }

  #add(keys: FrequentKeys, cellKey: string): void {
    const counted = this.#shown.counted?.(cellKey) ?? cellKey;
    keys.add(counted.length > prefixMax ? counted.slice(0, prefixMax + 1) : counted);
    this.hasChanged = true;
  }

  report(): HotKey[] {
    this.hasChanged = false;
    const [written, overtaken] = [this.#written.counts, this.#overtaken.counts];
    const all = new Set([...written.keys(), ...overtaken.keys()]);
    return [...all].map((key) => ({ key: this.#show(key), written: written.get(key) ?? 0, overtaken: overtaken.get(key) ?? 0 }));
  }

  #show(counted: string): unknown {
    if (counted.length > prefixMax) return `${textOf(this.#shown.bytesOf(counted.slice(0, prefixMax)))}…`;
    const key = this.#shown.keyOf(counted);
    return Buffer.isBuffer(key) ? textOf(key) : key;
  }
}

function textOf(bytes: Buffer): string {
  return isUtf8(bytes) ? bytes.toString() : `0x${bytes.toString('hex')}`;
}
