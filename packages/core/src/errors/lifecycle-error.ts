import type { ErrorCode } from './codes.js';
import { WeirError } from './weir-error.js';

/** A call came in the wrong order: too early, too late, or twice. */
export class LifecycleError extends WeirError {
  readonly code: ErrorCode;

  constructor(message: string, options: { readonly code?: ErrorCode; readonly cause?: unknown } = {}) {
    super(message, options);
    this.code = options.code ?? 'LIFECYCLE_ORDER';
  }
}
