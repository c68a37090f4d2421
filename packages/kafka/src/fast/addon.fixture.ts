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
  readonly shape = 7;
  readonly written: Written[] = [];
  /** Calls of `give`. */
  calls = 0;
  /** How many more messages the addon takes. */
  room = Number.POSITIVE_INFINITY;
  /** What is given waits in the addon, until `makeRoom`. */
  isQueueFull = false;
  isGone = false;
  isForgotten = false;
  /** The code that a message with this value is refused with. */
  readonly refuses = new Map<string, number>();
  readonly #waiting: Written[] = [];
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
    count: number,
  ): boolean | null {
    this.calls += 1;
    if (this.isGone) return null;
    if (this.room < count) return false;
    this.room -= count;
    for (let index = 0; index < count; index++) {
      const [topic, partition, start, key, value, headerBytes, id] = columns.subarray(7 * index, 7 * index + 7) as unknown as number[];
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
      this.#waiting.push(written);
    }
    if (!this.isQueueFull) this.#proceed();
    return true;
  }

  async given(): Promise<boolean> {
    await new Promise(setImmediate);
    return this.#waiting.length === 0;
  }

  takeBack(): readonly number[] {
    return this.#waiting.splice(0).flatMap(({ id }) => (id > 0 ? [id] : []));
  }

  /** librdkafka's queue has room again. */
  makeRoom(): void {
    this.isQueueFull = false;
    this.#proceed();
  }

  #proceed(): void {
    for (const message of this.#waiting.splice(0)) {
      const code = this.refuses.get(String(message.value));
      if (code === undefined) this.written.push(message);
      else this.#refuse(message, code);
    }
  }

  #refuse({ id, topic, partition, key, value }: Written, code: number): void {
    const bytes = (text: string | null) => (text === null ? null : Buffer.from(text));
    this.report(id, code, partition, -1, ...(id > 0 ? [] : [topic, bytes(key), bytes(value)]));
    setImmediate(() => this.#wake());
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
