/**
 * Turns values into what a message carries and back. A codec that says `form: 'text'` is handed and returns UTF-8
 * text, which spares a `Buffer` for each message; any other reads bytes and may return bytes or text.
 *
 * `decode` throws a `DecodeError` (or any error, which is wrapped) for bytes that are not what it expects;
 * `encode` throws for values that it cannot write. Neither is called for a tombstone: `null` stays `null`.
 */
export type Codec<T> = TextCodec<T> | BytesCodec<T>;

export interface TextCodec<T> {
  readonly name: string;
  readonly form: 'text';
  encode(value: T): string;
  decode(text: string): T;
}

export interface BytesCodec<T> {
  readonly name?: string;
  readonly form?: 'bytes';
  encode(value: T): Uint8Array | string;
  decode(bytes: Buffer): T;
}

/** Whether a value has the two methods of a codec. */
export function isCodec(value: unknown): value is Codec<unknown> {
  const candidate = value as Codec<unknown> | null;
  return (
    typeof candidate === 'object' && candidate !== null && typeof candidate.encode === 'function' && typeof candidate.decode === 'function'
  );
}
