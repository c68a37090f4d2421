import { rmdirSync } from 'node:fs';

/** Removes a folder unless somebody else has something in it. */
export function removeEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // It is not empty, or gone.
  }
}

/** Does something to a file that another process may have taken away. @returns whether it was still there */
export function ifThere(work: () => void): boolean {
  try {
    work();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return false;
  }
}
