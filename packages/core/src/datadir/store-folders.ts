import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ifThere } from './folders.js';

/** Workers without a name on one machine. */
const foldersMax = 1_000;
/** Says in a folder which worker had it last. */
const ownerFile = 'owner';

/**
 * The folders in which a worker may have its stores, the best first. With a name: that of its name. Without one: what a worker had whose own name it has now,
 * then the first that no other has. A worker that is back so finds what it has left.
 */
export function* storeFolders(directory: string, member: string | undefined, own?: string): Generator<string> {
  if (member !== undefined) return yield path.join(directory, `member-${fileName(member)}`);
  const former = own === undefined ? undefined : folderOf(directory, own);
  if (former !== undefined) yield former;
  for (let number = 1; number <= foldersMax; number++) yield path.join(directory, String(number));
}

/** The folders in which workers have had stores. @param member of the one with this name alone */
export function foldersOf(directory: string, member: string | undefined): readonly string[] {
  const wanted = member === undefined ? undefined : path.basename([...storeFolders(directory, member)][0]);
  const names = ifThere(() => readdirSync(directory)) ?? [];
  return names
    .filter((name) => (wanted === undefined ? /^([0-9]+|member-.+)$/.test(name) : name === wanted))
    .sort()
    .map((name) => path.join(directory, name));
}

/** Notes which worker without a name has a folder. */
export function noteOwner(folder: string, own: string): void {
  try {
    writeFileSync(path.join(folder, ownerFile), own);
  } catch {
    // It is taken by its number then.
  }
}

function folderOf(directory: string, own: string): string | undefined {
  try {
    const name = readdirSync(directory).find((each) => /^[0-9]+$/.test(each) && ownerOf(path.join(directory, each)) === own);
    return name && path.join(directory, name);
  } catch {
    return undefined;
  }
}

function ownerOf(folder: string): string | undefined {
  try {
    return readFileSync(path.join(folder, ownerFile), 'utf8');
  } catch {
    return undefined;
  }
}

function fileName(member: string): string {
  if (/^[a-zA-Z0-9_-]{1,100}$/.test(member)) return member;
  return createHash('sha256').update(member).digest('hex').slice(0, 32);
}
