import type { ErrorCode } from './codes.js';
import { withRemedy } from './sentences.js';
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

export interface DecodeErrorOptions {
  /** @default 'DECODE_FAILED' */
  readonly code?: DecodeError['code'];
  /** What to do about it. @default '' */
  readonly remedy?: string;
  readonly cause?: unknown;
}

/** The bytes of a message cannot be decoded. The error policy of the agent decides what becomes of the message. */
export class DecodeError extends WeirError {
  /** `VERSION_NEWER` where a newer version of the code has written it. */
  readonly code: ErrorCode & ('DECODE_FAILED' | 'VERSION_NEWER');

  constructor(
    /** What was being decoded: a record class, a codec. */
    readonly target: string,
    readonly fields: readonly FieldFault[],
    { code = 'DECODE_FAILED', remedy, cause }: DecodeErrorOptions = {},
  ) {
    super(withRemedy(`not a valid ${target}: ${fields.map(sentence).join('; ')}`, remedy), { cause });
    this.code = code;
  }
}

/** An event has no event time, or one that its clock cannot have told. The error policy of the agent decides what becomes of the message. */
export class EventTimeError extends WeirError {
  readonly code = 'EVENT_TIME_ABSURD';

  /** @param now by the clock of the worker @param aheadMs how much later an event may be, in milliseconds */
  constructor(time: number, now: number, aheadMs: number) {
    super(
      time > now
        ? `its event time ${shown(time)} lies more than ${aheadMs} ms after now (${shown(now)}): taken for true, it would close the windows of everybody. Mend the clock of its producer, or raise \`ahead\` in @App`
        : 'it has no event time: its message has no timestamp. Have its producer set one, or say where it stands with eventTime or @EventTime()',
    );
  }
}

function shown(time: number): string {
  return Math.abs(time) <= 8.64e15 ? new Date(time).toISOString() : String(time);
}

function sentence({ path, expected, received }: FieldFault): string {
  return `${path === '' ? '' : `${path}: `}expected ${expected}, got ${received}`;
}
