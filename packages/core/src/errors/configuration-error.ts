import type { ErrorCode } from './codes.js';
import { WeirError } from './weir-error.js';

/** An option, an environment variable or an argument cannot be used. Fix it and start again. */
export class ConfigurationError extends WeirError {
  readonly code: ErrorCode;
  /** The option's name as the user wrote it. */
  readonly option: string;

  /** @param expected what would have been right, with its unit. */
  constructor(option: string, given: unknown, expected: string, options: { readonly cause?: unknown; readonly code?: ErrorCode } = {}) {
    super(`${option}: expected ${expected}, got ${show(given)}`, options);
    this.option = option;
    this.code = options.code ?? 'OPTION_INVALID';
  }
}

function show(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`;
  if (typeof value === 'function') return value.name || 'a function';
  return typeof value === 'object' && value !== null ? (JSON.stringify(value) ?? 'an object') : String(value);
}
