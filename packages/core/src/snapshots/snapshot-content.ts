import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileEnding, refused, type SnapshotTable } from './head.js';
import { SnapshotReader } from './snapshot-reader.js';

/** The snapshots that some paths name: files, and those in folders. @throws StateError `SNAPSHOT_REFUSED` where there are none */
export function snapshotFiles(paths: readonly string[]): readonly string[] {
  return paths.flatMap((each) => {
    if (statSync(each, { throwIfNoEntry: false })?.isDirectory() !== true) return [each];
    const files = readdirSync(each).filter((name) => name.endsWith(fileEnding));
    if (files.length === 0) throw refused(each, `has no snapshots (*${fileEnding})`);
    return files.sort().map((name) => path.join(each, name));
  });
}

/** What a snapshot holds. */
export interface SnapshotContent {
  readonly file: string;
  readonly format: number;
  readonly group: string;
  readonly store: string;
  readonly writtenAt: number;
  readonly tables: readonly (SnapshotTable & { readonly keys: number; readonly bytes: number })[];
}

/** Reads a whole snapshot. @throws StateError `SNAPSHOT_REFUSED`, `FORMAT_NEWER` */
export async function snapshotContent(file: string): Promise<SnapshotContent> {
  const snapshot = await SnapshotReader.open(file);
  const { tables, parts, ...head } = snapshot.head;
  const keys = parts.map(() => 0);
  const bytes = parts.map(() => 0);
  for await (const entries of snapshot.entries())
    for (const { part, key, value } of entries) {
      keys[part]++;
      bytes[part] += key.length + value.length;
    }
  const counted = tables.map((table) => ({ ...table, keys: keys[parts.indexOf(table.stored)], bytes: bytes[parts.indexOf(table.stored)] }));
  return { file, ...head, tables: counted };
}
