import type { ErrorCode } from './codes.js';
import { reason } from './thrown.js';
import { WeirError } from './weir-error.js';

/** A method that is called in the life of a worker failed. `cause` is what it threw. */
export class HookError extends WeirError {
  readonly code: ErrorCode = 'HOOK_FAILED';

  /** @param decorator what it is called for, such as `@OnAssigned` @param hook its class and name */
  constructor(
    decorator: string,
    readonly hook: string,
    options: { readonly cause: unknown },
  ) {
    super(`${decorator} ${hook} failed: ${reason(options.cause)}`, options);
  }
}

/** A task, which runs as long as its worker does, failed. `cause` is what it threw. */
export class TaskError extends WeirError {
  readonly code: ErrorCode = 'TASK_FAILED';

  /** @param task its class and method */
  constructor(
    readonly task: string,
    options: { readonly cause: unknown },
  ) {
    super(`task ${task} failed: ${reason(options.cause)}`, options);
  }
}
