import { type Codec, decodeBytes, encodeBytes, jsonFault, longIntegers } from '@weir/core/internal/codecs';
import { codecOf, keyCodecOf, type Schema, schemaName } from '@weir/core/internal/definitions';
import { CodecError, ConfigurationError, withRemedy } from '@weir/core/internal/errors';

/**
 * A value of the command line as the bytes of a topic: text for `string` and `raw`, JSON for everything else, which must then be what
 * the topic's readers accept.
 * @throws CodecError for text that is no JSON; DecodeError with every field that is wrong
 */
export function bytesOf(schema: Schema, text: string): Buffer {
  return encoded(codecOf(schema), schema, text);
}

/** `--limit`. @param what is counted @throws ConfigurationError */
export function limitOf(text: string | undefined, what: string): number {
  if (text === undefined) return Number.POSITIVE_INFINITY;
  if (/^\d+$/.test(text)) return Number(text);
  throw new ConfigurationError('--limit', text, `a whole number of ${what}`);
}

/** A key of the command line as the bytes of a topic, as `bytesOf`. */
export function keyBytesOf(schema: Schema, text: string): Buffer {
  return encoded(keyCodecOf(schema), schema, text);
}

function encoded(codec: Codec<unknown>, schema: Schema, text: string): Buffer {
  if (schema === 'string' || schema === 'raw') return Buffer.from(text);
  const bytes = encodeBytes(codec, parseJson(schema, text));
  decodeBytes(codec, bytes);
  return bytes;
}

function parseJson(schema: Schema, text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw noJson(schema, text === '' ? 'an empty text' : `${text}: ${jsonFault(text)}`);
  }
  const [integer] = longIntegers(text);
  if (integer !== undefined) throw noJson(schema, `${text}: no number holds ${integer.text} exactly: write it as a text`);
  return value;
}

function noJson(schema: Schema, received: string): CodecError {
  const example = schema === 'json' ? `Text is JSON only in quotes: '"hello"'` : undefined;
  return new CodecError(withRemedy(`${schemaName(schema)} takes JSON, got ${received}`, example));
}
