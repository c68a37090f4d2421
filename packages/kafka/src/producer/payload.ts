import { CodecError } from '@weir/core/internal/errors';
import type { HeaderPair, Payload } from '@weir/core/internal/transport';
import type { DriverHeader } from '../driver/driver-types.js';

/**
 * Zero bytes that are not nothing. The driver takes the address of a buffer, which is null for `Buffer.alloc(0)`: an
 * empty value would go out as a tombstone and an empty key as no key, to a partition by chance.
 */
const empty = Buffer.from('-').subarray(0, 0);
/** Bytes without an address, which the driver's client takes for no value. */
const none = Buffer.alloc(0);

/**
 * Bytes as the driver needs them. Text is encoded here, because the driver ends a text key at the first NUL.
 * The driver copies: the caller may reuse the bytes afterwards.
 */
export function driverBytes(payload: Payload): Buffer | null {
  if (payload === null) return null;
  if (payload.length === 0) return empty;
  if (typeof payload === 'string') return Buffer.from(payload);
  return Buffer.isBuffer(payload) ? payload : Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
}

/**
 * Headers as the driver needs them: one object for each, of which it reads only the first property.
 * @throws CodecError for a value that is not bytes: the driver would throw and send the message all the same, without it
 */
export function driverHeaders(headers: readonly HeaderPair[] | undefined): DriverHeader[] | undefined {
  if (headers === undefined || headers.length === 0) return undefined;
  return headers.map(([name, value]) => {
    if (typeof name !== 'string') throw new CodecError('a header needs a text as its name; nothing was sent');
    if (value !== null && !(value instanceof Uint8Array) && !Buffer.isBuffer(value))
      throw new CodecError(`header "${name}" needs a Buffer as its value, or null; nothing was sent`);
    return { [name]: driverBytes(value) ?? none };
  });
}

/** Whether a header that `driverHeaders` has made carries no value. */
export function isNone(value: Buffer): boolean {
  return value === none;
}
