import type { ErrorCode } from './codes.js';

/** The root of every error that weir throws. Branch on `code`, not on the message. */
export abstract class WeirError extends Error {
  abstract readonly code: ErrorCode;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}
