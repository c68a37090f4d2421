import type { Addon, ConfigsRow, ReportRow } from './native.js';

/** What the addon was given. */
export interface Written {
  readonly topic: string;
  readonly partition: number;
  readonly key: string | null;
  readonly value: string | null;
  readonly timestamp: number;
  readonly headerBytes: number;
  readonly id: number;
}

/** The addon's sending side, with the test in the place of librdkafka. */
export class FakeAddon implements Addon {
  readonly shape = 6;
  readonly written: Written[] = [];
  /** Calls of `give`. */
  calls = 0;
  /** How many more messages the client's queue takes. */
  room = Number.POSITIVE_INFINITY;
  isGone = false;
  isForgotten = false;
  /** The code that a message with this value is refused with. */
  readonly refuses = new Map<string, number>();
  #reports: (string | number | Buffer | null)[] = [];
  #wake: () => void = () => undefined;

  arm(): number {
    return 0;
  }

  disarm(): boolean {
    return true;
  }

  async configs(): Promise<readonly ConfigsRow[]> {
    return [];
  }

  async alterConfigs(): Promise<void> {}

  isOpen(): boolean {
    return !this.isGone;
  }

  describe(_client: number, code: number): string {
    return `code ${code}`;
  }

  take(): null {
    return null;
  }

  give(
    _client: number,
    topics: readonly string[],
    bytes: Buffer,
    columns: Int32Array,
    timestamps: Float64Array,
    from: number,
    until: number,
  ): number {
    this.calls += 1;
    if (this.isGone) return -1;
    for (let index = from; index < until; index++) {
      const [topic, partition, start, key, value, headerBytes, id] = columns.subarray(8 * index, 8 * index + 7) as unknown as number[];
      const text = (at: number, length: number) => (length < 0 ? null : bytes.toString('utf8', at, at + length));
      const written = {
        topic: topics[topic!]!,
        partition: partition!,
        key: text(start!, key!),
        value: text(start! + Math.max(key!, 0), value!),
        timestamp: timestamps[index]!,
        headerBytes: headerBytes!,
        id: id!,
      };
      columns[8 * index + 7] = this.refuses.get(String(written.value)) ?? 0;
      if (columns[8 * index + 7] !== 0) continue;
      if (this.room === 0) return index;
      this.room -= 1;
      this.written.push(written);
    }
    return until;
  }

  reports(): ReportRow {
    return this.#reports.splice(0);
  }

  tell(_client: number, callback: () => void): void {
    this.#wake = callback;
  }

  forget(): void {
    this.isForgotten = true;
  }

  nudge(): boolean {
    return true;
  }

  quit(): void {
    throw new Error('the process would end here');
  }

  /** The broker has answered, and nobody has been told yet. */
  report(...row: ReportRow): void {
    this.#reports.push(...row);
  }

  wake(): void {
    this.#wake();
  }
}
