import type { ErrorCode } from './codes.js';
import { WeirError } from './weir-error.js';

/** Local state cannot be read, written or recovered. */
export class StateError extends WeirError {
  readonly code: ErrorCode;

  constructor(message: string, options: { readonly code: ErrorCode; readonly cause?: unknown }) {
    super(message, options);
    this.code = options.code;
  }
}
