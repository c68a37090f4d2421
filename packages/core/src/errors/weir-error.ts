import type { ErrorCode } from './codes.js';

/** The root of every error that weir throws. Branch on `code`, not on the message. */
export abstract class WeirError extends Error {
  abstract readonly code: ErrorCode;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** The message of whatever was thrown, on one line. */
export function reason(thrown: unknown): string {
  if (thrown instanceof Error) return thrown.message || thrown.name;
  return typeof thrown === 'string' ? thrown : String(thrown);
}

/** Whatever was thrown as an `Error`, so that it can be a cause with a stack. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(reason(thrown));
}
