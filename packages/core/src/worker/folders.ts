import { rmdirSync } from 'node:fs';

/** Removes a folder unless somebody else has something in it. */
export function removeEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // It is not empty, or gone.
  }
}
