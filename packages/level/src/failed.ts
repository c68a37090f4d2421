import { reason, StateError } from '@weir/core/internal/errors';

/** LevelDB could not do something in a folder. */
export function failed(directory: string, error: unknown): StateError {
  const { cause } = error as { readonly cause?: unknown };
  return new StateError(
    `the store in ${directory} cannot be used: ${reason(cause ?? error)}. Nothing is lost: the changelogs have everything. See to room and rights on the disk, and start again; a store that was removed is made anew`,
    { code: 'STORE_FAILED', cause: error },
  );
}
