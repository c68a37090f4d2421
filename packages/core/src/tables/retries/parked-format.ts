import type { BytesCodec } from '../../codecs/index.js';
import { asError, StateError } from '../../errors/index.js';
import type { ParkedFor } from '../../lanes/index.js';
import type { Position } from '../../positions/index.js';
import type { BatchEvent, Parked } from '../../streams/index.js';
import type { HeaderPair } from '../../transport/index.js';
import { TableFormat } from '../table-format.js';

const formatNow = 1;
/** Bytes of the format, the due time, the tries, the timestamp, and two flags. */
const headBytes = 22;
/** Bytes of the offset and the timestamp, at the end of a key. */
const placeBytes = 16;
/** What a changelog takes of an entry, less what comes around it and what an error takes. */
const entryBytesMax = 1_048_588 - 192 - 2_500;

const hasValue = 1;
const wasRefused = 2;

/** What is written of an error, at most. */
const nameMax = 200;
const messageMax = 500;

/** What stands in the changelog of one that is parked, beside its key. */
export interface ParkedEntry extends Pick<Parked, 'timestamp' | 'value' | 'headers' | 'tries' | 'isRefused'> {
  /** When it may run, in milliseconds since 1970; 0: as soon as it is the first of its key. */
  readonly due: number;
  /** What it failed with last; empty before the first attempt. */
  readonly error: { readonly name: string; readonly message: string };
}

/**
 * How parked messages stand in a changelog: as they came, so that any later code can read them.
 *
 * | key | what |
 * |---|---|
 * | 2 + n | name of the topic, behind its length |
 * | 1 | 1 where the message has a key, else 0 |
 * | … | the key |
 * | 8 | offset, a double, big-endian |
 * | 8 | timestamp, a double, big-endian: tells it from one of the same offset in a topic that was there before under this name |
 *
 * | value | what |
 * |---|---|
 * | 1 | format number, now 1 |
 * | 8 | when it is due, a double; 0 for one that only waits behind others |
 * | 4 | attempts that count |
 * | 8 | timestamp, a double |
 * | 1 | 1 where there is a value; 2 where a message of it was refused; or both |
 * | 4 + n, 4 + n | name and message of the error |
 * | 4, then of each 4 + n, 4 + n | how many headers, and each; −1 as the length of one without a value |
 * | … | the value |
 */
export function retriesFormat(name: string): TableFormat {
  const keys: BytesCodec<unknown> = {
    name: 'retries',
    encode: (cellKey) => Buffer.from(String(cellKey), 'latin1'),
    decode: (bytes) => shownKey(bytes.toString('latin1')),
  };
  return new TableFormat(name, keys, { ...keys, decode: (bytes) => shown(readParked(bytes)) });
}

/** One that is parked, for people. */
function shown({ due, tries, error, timestamp, headers, value }: ParkedEntry): object {
  return {
    due: due === 0 ? null : new Date(due).toISOString(),
    ...{ tries, error: error.name === '' ? null : error, timestamp },
    headers: Object.fromEntries(headers.map(([name, bytes]) => [name, bytes?.toString() ?? null])),
    value: value?.toString() ?? null,
  };
}

function shownKey(cellKey: string): object {
  const { topic, offset, key } = positionIn(cellKey);
  return { topic, offset, key: key?.toString() ?? null };
}

/** What the keys of events begin with that must stay in order: their topic and their key. */
export function lineOf(topic: string, key: Buffer | null): string {
  const name = Buffer.from(topic);
  const before = Buffer.alloc(2);
  before.writeUInt16BE(name.length);
  return Buffer.concat([before, name, Buffer.from([key === null ? 0 : 1]), key ?? Buffer.alloc(0)]).toString('latin1');
}

/** The cell key of an event: those of one line are in the order of their offsets. @param line as `lineOf` gives it */
export function cellKeyOf(line: string, offset: number, timestamp: number): string {
  const bytes = Buffer.alloc(placeBytes);
  bytes.writeDoubleBE(offset);
  bytes.writeDoubleBE(timestamp, 8);
  return line + bytes.toString('latin1');
}

export function lineIn(cellKey: string): string {
  return cellKey.slice(0, -placeBytes);
}

export function offsetIn(cellKey: string): number {
  return Buffer.from(cellKey.slice(-placeBytes), 'latin1').readDoubleBE();
}

/** Where a message comes from, without its partition, and its key. */
export function positionIn(cellKey: string): Pick<Position, 'topic' | 'offset'> & { readonly key: Buffer | null } {
  const bytes = Buffer.from(cellKey, 'latin1');
  const to = 2 + bytes.readUInt16BE();
  const key = bytes[to] === 1 ? bytes.subarray(to + 1, bytes.length - placeBytes) : null;
  return { topic: bytes.toString('utf8', 2, to), offset: offsetIn(cellKey), key };
}

/** Whether an event is not too large for a changelog. */
export function fits({ batch, index, topic }: BatchEvent): boolean {
  const headers = batch.headers(index).reduce((sum, [name, value]) => sum + 8 + Buffer.byteLength(name) + (value?.length ?? 0), 0);
  return topic.length + (batch.key(index)?.length ?? 0) + (batch.value(index)?.length ?? 0) + headers <= entryBytesMax;
}

export function writeParked({ batch, index }: BatchEvent, { due, tries, error, isRefused = false }: ParkedFor): Buffer {
  const value = batch.value(index);
  const head = Buffer.alloc(headBytes);
  head.writeUInt8(formatNow, 0);
  head.writeDoubleBE(due, 1);
  head.writeUInt32BE(tries, 9);
  head.writeDoubleBE(batch.timestamp(index), 13);
  head.writeUInt8((value === null ? 0 : hasValue) | (isRefused ? wasRefused : 0), 21);
  const { name, message } = described(error);
  return Buffer.concat([head, ...sized(name), ...sized(message), ...written(batch.headers(index)), value ?? Buffer.alloc(0)]);
}

function described(error: unknown): ParkedEntry['error'] {
  if (error === undefined) return { name: '', message: '' };
  const { name, message } = asError(error);
  return { name: String(name).slice(0, nameMax), message: String(message).slice(0, messageMax) };
}

function written(headers: readonly HeaderPair[]): Buffer[] {
  const count = Buffer.alloc(4);
  count.writeUInt32BE(headers.length);
  return [count, ...headers.flatMap(([name, value]) => [...sized(name), ...sizedOrNull(value)])];
}

function sized(text: string): Buffer[] {
  return sizedOrNull(Buffer.from(text));
}

function sizedOrNull(value: Buffer | null): Buffer[] {
  const length = Buffer.alloc(4);
  length.writeInt32BE(value?.length ?? -1);
  return value === null ? [length] : [length, value];
}

/** The due time and the tries alone. @throws StateError `STATE_UNREADABLE` for a newer format */
export function waitIn(bytes: Buffer): { readonly due: number; readonly tries: number } {
  if (bytes[0] === formatNow) return { due: bytes.readDoubleBE(1), tries: bytes.readUInt32BE(9) };
  throw new StateError(
    `a parked event has the format ${bytes[0]}, and this version reads ${formatNow}: it was written by a newer version of weir. Run that again until nothing is parked`,
    { code: 'STATE_UNREADABLE' },
  );
}

/** @throws StateError `STATE_UNREADABLE` for a newer format */
export function readParked(bytes: Buffer): ParkedEntry {
  const waits = waitIn(bytes);
  let at = headBytes;
  const take = (length: number) => {
    at += length;
    return bytes.subarray(at - length, at);
  };
  const text = () => take(take(4).readInt32BE()).toString();
  const error = { name: text(), message: text() };
  const headers: HeaderPair[] = [];
  for (let left = take(4).readUInt32BE(); left > 0; left--) {
    const name = text();
    const length = take(4).readInt32BE();
    headers.push([name, length === -1 ? null : take(length)]);
  }
  const value = (bytes[21] & hasValue) > 0 ? bytes.subarray(at) : null;
  return { ...waits, isRefused: (bytes[21] & wasRefused) > 0, timestamp: bytes.readDoubleBE(13), error, headers, value };
}
