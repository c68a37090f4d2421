import { type ErrorCode, WeirError } from '../errors/index.js';

/** A dead letter that was asked for cannot be found, or nothing can be done with it. Nothing was sent. */
export class LetterError extends WeirError {
  readonly code: ErrorCode = 'LETTER_REFUSED';

  constructor(
    message: string,
    /** The dead letters it is about. */
    readonly ids: readonly string[],
  ) {
    super(message);
  }
}
