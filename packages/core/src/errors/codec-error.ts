import { WeirError } from './weir-error.js';

/** A value cannot be encoded for the topic it is sent to. Nothing was sent. */
export class CodecError extends WeirError {
  readonly code = 'ENCODE_FAILED';
}

/** What one field of a message should have been, and what came. */
export interface FieldFault {
  /** Path from the root of the value: `items[2].price`; empty for the value itself. */
  readonly path: string;
  readonly expected: string;
  readonly received: string;
}

/** The bytes of a message cannot be decoded. The error policy of the agent decides what becomes of the message. */
export class DecodeError extends WeirError {
  readonly code = 'DECODE_FAILED';

  constructor(
    /** What was being decoded: a record class, a codec. */
    readonly target: string,
    readonly fields: readonly FieldFault[],
    options: { readonly cause?: unknown } = {},
  ) {
    super(`not a valid ${target}: ${fields.map(sentence).join('; ')}`, options);
  }
}

function sentence({ path, expected, received }: FieldFault): string {
  return `${path === '' ? '' : `${path}: `}expected ${expected}, got ${received}`;
}
