import type { Batch, HeaderPair } from '@weir/core/internal/transport';

/** Messages that are there already: what a transport costs is left out. */
export class ReadyBatch implements Batch {
  readonly topic = 'orders';
  readonly partition = 0;
  readonly length: number;
  readonly sizeBytes: number;
  /** The offset of its first message. */
  first = 0;
  readonly #values: readonly Buffer[];
  readonly #key = Buffer.from('customer-00001');

  constructor(values: readonly Buffer[]) {
    this.#values = values;
    this.length = values.length;
    this.sizeBytes = values.reduce((sum, { length }) => sum + length, 0);
  }

  offset(index: number): number {
    return this.first + index;
  }

  timestamp(): number {
    return 0;
  }

  key(): Buffer {
    return this.#key;
  }

  value(index: number): Buffer {
    return this.#values[index];
  }

  keyText(): string {
    return this.#key.toString();
  }

  keyToPassOn(): Buffer {
    return this.#key;
  }

  valueText(index: number): string {
    return this.#values[index].toString();
  }

  headers(): readonly HeaderPair[] {
    return [];
  }

  hasHeader(): boolean {
    return false;
  }
}
