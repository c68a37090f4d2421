/** Bytes, or text that goes out as UTF-8; `null` is no key, or a tombstone. */
export type Payload = Uint8Array | string | null;

/** One header as it stands in a message; a name may occur several times, and a value may be null. */
export type HeaderPair = readonly [name: string, value: Buffer | null];

/** How many bytes a payload takes. */
export function payloadBytes(payload: Payload): number {
  if (payload === null) return 0;
  return typeof payload === 'string' ? Buffer.byteLength(payload) : payload.byteLength;
}
