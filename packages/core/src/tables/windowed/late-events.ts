import { type Codec, decodeBytes } from '../../codecs/index.js';
import type { BatchEvent, Derived } from '../../streams/index.js';
import type { Window } from '../../windows/index.js';
import { type Cell, Encoded } from '../cell.js';
import { ShardEvents, type ShardEventsParts } from '../derived/shard-events.js';
import type { TableWrites } from '../table-writes.js';
import { windowHeaderOf } from './closings.js';
import type { WindowKeys } from './window-keys.js';

/** Bytes of the event time, of the length of the name of a topic, and whether there is a value. */
const timeBytes = 8;
const lengthBytes = 2;
const flagBytes = 1;

export interface LateEventsParts extends ShardEventsParts {
  readonly keys: WindowKeys;
  /** How values of a topic are read that feeds the table. */
  readonly valueCodec: (topic: string) => Codec<unknown>;
}

/** What is kept of an event that came too late. */
interface LateValue {
  readonly time: number;
  readonly topic: string;
  readonly value: Buffer | null;
}

/** Events that came too late for windows of a shard: entries of it until they are handled. */
export class LateEvents extends ShardEvents {
  readonly #parts: LateEventsParts;
  readonly #waiting = new Set<string>();
  readonly #taken = new Set<string>();

  constructor(parts: LateEventsParts) {
    super(parts);
    this.#parts = parts;
  }

  /** A cell key stands in the shard, or will. */
  note(cellKey: string): void {
    if (!this.#taken.has(cellKey)) this.#waiting.add(cellKey);
  }

  /** An event came too late for a window. */
  add(writes: TableWrites, prefix: string, window: Window, event: BatchEvent): void {
    if (!this.isRead) return;
    const cell = this.shard.cell(this.#parts.keys.lateKey(prefix, window, event));
    this.note(cell.key);
    const { time, topic, batch, index } = event;
    writes.write(this.shard, cell, new Encoded(written({ time, topic, value: batch.value(index) })));
  }

  protected get mayBeDue(): boolean {
    return this.#waiting.size > 0;
  }

  protected take(): string | undefined {
    const [cellKey] = this.#waiting;
    if (cellKey === undefined) return undefined;
    this.#waiting.delete(cellKey);
    this.#taken.add(cellKey);
    return cellKey;
  }

  protected putBack(cellKey: string): void {
    this.#taken.delete(cellKey);
    this.#waiting.add(cellKey);
  }

  protected forget(cellKey: string): void {
    this.#taken.delete(cellKey);
  }

  protected takeAnew(): void {
    for (const cellKey of [...this.#taken]) this.putBack(cellKey);
  }

  protected eventOf(cell: Cell): Omit<Derived, 'sequence'> {
    const { keys, valueCodec } = this.#parts;
    const late = read(this.shard.bytesOf(cell));
    const window = keys.windowOf(cell.key);
    return {
      key: keys.keyPayload(cell.key),
      time: late.time,
      read: () => (late.value === null ? null : decodeBytes(valueCodec(late.topic), Buffer.from(late.value))),
      write: () => late.value,
      about: (key) => ({ window: { key, ...window }, isLate: true }),
      letterHeaders: () => [windowHeaderOf(window)],
    };
  }
}

function written({ time, topic, value }: LateValue): Buffer {
  const name = Buffer.from(topic);
  const before = Buffer.alloc(timeBytes + lengthBytes + flagBytes);
  before.writeDoubleBE(time, 0);
  before.writeUInt16BE(name.length, timeBytes);
  before.writeUInt8(value === null ? 0 : 1, timeBytes + lengthBytes);
  return Buffer.concat([before, name, value ?? Buffer.alloc(0)]);
}

function read(bytes: Buffer): LateValue {
  const from = timeBytes + lengthBytes + flagBytes;
  const to = from + bytes.readUInt16BE(timeBytes);
  const hasValue = bytes.readUInt8(timeBytes + lengthBytes) === 1;
  return { time: bytes.readDoubleBE(0), topic: bytes.toString('utf8', from, to), value: hasValue ? bytes.subarray(to) : null };
}
