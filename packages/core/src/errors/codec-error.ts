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
