import { formatPosition, type Position } from '../positions/index.js';
import type { ErrorCode } from './codes.js';
import { withRemedy } from './sentences.js';
import { reason } from './thrown.js';
import { WeirError } from './weir-error.js';

/** A handler or agent failed on a message. `cause` is what it threw; `position` is the message it was given. */
export class AgentError extends WeirError {
  readonly code: ErrorCode;

  constructor(
    readonly agent: string,
    readonly position: Position,
    options: { readonly cause: unknown; readonly code?: ErrorCode; readonly remedy?: string },
  ) {
    super(`agent "${agent}" failed on ${formatPosition(position)}: ${withRemedy(reason(options.cause), options.remedy)}`, {
      cause: options.cause,
    });
    this.code = options.code ?? 'AGENT_FAILED';
  }
}
