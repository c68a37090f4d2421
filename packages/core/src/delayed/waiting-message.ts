import type { Delay } from '../topics/index.js';
import type { HeaderPair } from '../transport/index.js';

/** A message that waits for its time: bytes as its sender gave them. */
export interface WaitingMessage {
  readonly delay: Delay;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly HeaderPair[];
}

/** What stands before the bytes, as JSON: how many each part has; null for one that is not there. */
interface Head {
  readonly delay: Delay;
  readonly key: number | null;
  readonly value: number | null;
  readonly headers: readonly (readonly [name: string, size: number | null])[];
}

/** Bytes that say how long the head is. */
const sizeBytes = 4;

/** A message as it stands in the changelog: the length of the head, the head, then key, value and header values. */
export function pack({ delay, key, value, headers }: WaitingMessage): Buffer {
  const contents = headers.map(([, content]) => bytesOf(content));
  const sizes = headers.map(([name], index) => [name, contents[index]?.length ?? null] as const);
  const head: Head = { delay, key: key?.length ?? null, value: value?.length ?? null, headers: sizes };
  const text = Buffer.from(JSON.stringify(head));
  const size = Buffer.alloc(sizeBytes);
  size.writeUInt32BE(text.length);
  return Buffer.concat([size, text, ...[key, value, ...contents].filter((each) => each !== null)]);
}

/** @throws what JSON says of bytes that `pack` has not made */
export function unpack(bytes: Buffer): WaitingMessage {
  let at = sizeBytes + bytes.readUInt32BE();
  const head: Head = JSON.parse(bytes.toString('utf8', sizeBytes, at));
  const take = (size: number | null): Buffer | null => {
    if (size === null) return null;
    at += size;
    return bytes.subarray(at - size, at);
  };
  const [key, value] = [take(head.key), take(head.value)];
  return { delay: head.delay, key, value, headers: head.headers.map(([name, size]): HeaderPair => [name, take(size)]) };
}

function bytesOf(content: HeaderPair[1]): Buffer | null {
  return content === null || Buffer.isBuffer(content) ? content : Buffer.from(content);
}
