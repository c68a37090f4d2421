import type { ErrorCode } from './codes.js';
import { showValue } from './secrets.js';
import { WeirError } from './weir-error.js';

export interface ConfigurationErrorOptions {
  readonly cause?: unknown;
  readonly code?: ErrorCode;
  /** The value may be a secret though nothing of the name says so. */
  readonly isHidden?: boolean;
}

/** An option, an environment variable or an argument cannot be used. Fix it and start again. */
export class ConfigurationError extends WeirError {
  readonly code: ErrorCode;
  /** The option's name as the user wrote it. */
  readonly option: string;

  /**
   * @param given not shown where the name of the option says that it is a secret
   * @param expected what would have been right, with its unit
   */
  constructor(option: string, given: unknown, expected: string, options: ConfigurationErrorOptions = {}) {
    const { isHidden = false, ...rest } = options;
    super(`${option}: expected ${expected}, got ${isHidden ? 'a value that is not shown' : showValue(option, given)}`, rest);
    this.option = option;
    this.code = options.code ?? 'OPTION_INVALID';
  }
}
