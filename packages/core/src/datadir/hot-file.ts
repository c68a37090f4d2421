import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ifThere, removeEmpty } from './folders.js';

/** What was written before is of a worker that is gone. */
const goneMs = 24 * 3_600_000;

/** What one worker has counted. */
export interface HotNotes<T = unknown> {
  readonly worker: string;
  /** When it began, and when it has written this, in milliseconds since 1970. */
  readonly since: number;
  readonly at: number;
  readonly tables: readonly T[];
}

/** Where a worker keeps which keys of its tables are hot, for tools, while it runs: a file for each, beside the stores. @param stores the folder of its group */
export class HotFile {
  readonly #file: string;
  readonly #worker: string;
  readonly #since: number;

  constructor(stores: string, worker: string, now: number) {
    const folder = folderOf(stores);
    this.#file = path.join(folder, `${createHash('sha256').update(worker).digest('hex').slice(0, 32)}.json`);
    this.#worker = worker;
    this.#since = now;
    for (const { file, writtenMs } of filesIn(folder)) if (writtenMs < now - goneMs) rmSync(file, { force: true });
  }

  /** What is there is whole at any time. @throws what the file system says */
  write(tables: readonly unknown[], now: number): void {
    mkdirSync(path.dirname(this.#file), { recursive: true });
    const notes: HotNotes = { worker: this.#worker, since: this.#since, at: now, tables };
    writeFileSync(`${this.#file}.new`, JSON.stringify(notes));
    renameSync(`${this.#file}.new`, this.#file);
  }

  /** The worker has stopped: it leaves nothing. */
  remove(): void {
    rmSync(this.#file, { force: true });
    const [hot, group] = [path.dirname(this.#file), path.dirname(path.dirname(this.#file))];
    for (const folder of [hot, group, path.dirname(group)]) removeEmpty(folder);
  }
}

/** What the workers of a group on this machine have written. */
export function readHotNotes<T>(stores: string): HotNotes<T>[] {
  return filesIn(folderOf(stores)).flatMap(({ file }) => {
    try {
      return [JSON.parse(readFileSync(file, 'utf8')) as HotNotes<T>];
    } catch {
      // It was written by another version, or is gone.
      return [];
    }
  });
}

function folderOf(stores: string): string {
  return path.join(stores, 'hot');
}

function filesIn(folder: string): { readonly file: string; readonly writtenMs: number }[] {
  const names = ifThere(() => readdirSync(folder)) ?? [];
  return names
    .filter((name) => name.endsWith('.json'))
    .flatMap((name) => {
      const file = path.join(folder, name);
      const found = ifThere(() => statSync(file));
      return found === undefined ? [] : [{ file, writtenMs: found.mtimeMs }];
    });
}
