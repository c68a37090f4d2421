import { mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { GroupStore, Stores } from '@weir/core/internal/stores';
import { pino } from 'pino';
import { open } from './index.js';

/** A device of Linux that is always full. */
export const fullDevice = '/dev/full';

/** A folder with the store of one partition group, opened again and again. */
export class StoreFolder {
  readonly directory = mkdtempSync(path.join(tmpdir(), 'weir-level-'));
  /** What was warned of, with why. */
  readonly warned: string[] = [];
  /** The database. */
  readonly folder = path.join(this.directory, 'views-0.v1');
  readonly lock = path.join(this.directory, 'lock');

  open(): Promise<Stores> {
    const warn = ({ error }: { error: string }, message: string) => this.warned.push(`${message}: ${error}`);
    return open({ directory: this.directory, logger: { ...pino({ level: 'silent' }), warn } as unknown as pino.Logger });
  }

  async use<T>(work: (store: GroupStore) => T | Promise<T>): Promise<T> {
    const stores = await this.open();
    try {
      return await work(await stores.open('views-0'));
    } finally {
      await stores.close();
    }
  }

  write(value: string | Buffer, key = 'a'): Promise<void> {
    return this.use((store) => put(store, value, key));
  }

  /** The value of a key, and how far the note goes. */
  read(key = 'a'): Promise<unknown> {
    return this.use((store) => [store.get('counts', key)?.toString(), store.notes.get('counts')?.position]);
  }

  /** Tables of the database, made of its log by opening it once more. */
  async tables(): Promise<readonly string[]> {
    await this.read();
    return this.names('.ldb').map((name) => path.join(this.folder, name));
  }

  names(ending = ''): string[] {
    return readdirSync(this.folder).filter((name) => name.endsWith(ending));
  }

  /** The next tables that are made of its log find the disk full. @returns makes room */
  fill(): () => void {
    const last = Math.max(...this.names().map((name) => Number(/\d{6}/.exec(name)?.[0] ?? 0)));
    const files = Array.from({ length: 40 }, (_, each) => path.join(this.folder, `${String(last + each).padStart(6, '0')}.ldb`));
    const full = files.filter((file) => !this.names().includes(path.basename(file)));
    for (const file of full) symlinkSync(fullDevice, file);
    return () => {
      for (const file of full) rmSync(file, { force: true });
    };
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}

export async function put(store: GroupStore, value: string | Buffer, key = 'a'): Promise<void> {
  const batch = store.batch();
  batch.put('counts', key, value);
  await batch.write(new Map([['counts', { position: 5, seenAt: 1_000, size: 1 }]]));
}
