import { statSync } from 'node:fs';
import path from 'node:path';
import { reason, StateError } from '@weir/core/internal/errors';
import { causeOf, remedyOf } from './refusals.js';

export const nothingIsLost = 'Nothing is lost: the changelogs have everything.';

/**
 * LevelDB could not do something in a folder.
 * @param mend what becomes of the folder where it is damaged, and what may be done
 */
export function failed(directory: string, error: unknown, mend = mendOf(directory)): StateError {
  const helps = remedy(directory, error) ?? mend;
  return new StateError(`the store in ${directory} cannot be used: ${reason(causeOf(error))}. ${nothingIsLost} ${helps}`, {
    code: 'STORE_FAILED',
    cause: error,
  });
}

function mendOf(directory: string): string {
  const aside = `Start again: a damaged store is set aside as ${directory}.broken, and made anew.`;
  return `${aside} ${directory} may be removed, too, while no worker has it`;
}

function remedy(directory: string, error: unknown): string | undefined {
  const file = fileAmong(path.dirname(directory));
  if (file !== undefined) return `${file} is a file, and has to be a folder: name another datadir, or take the file away, and start again`;
  const helps = remedyOf(error);
  return helps && `${helps}, and start again: the store stays as it is`;
}

/** A folder, or one that it lies in, that is none. */
function fileAmong(folder: string): string | undefined {
  const parent = path.dirname(folder);
  try {
    if (!statSync(folder).isDirectory()) return folder;
  } catch {
    // It is not there, or lies in a file.
  }
  return parent === folder ? undefined : fileAmong(parent);
}
