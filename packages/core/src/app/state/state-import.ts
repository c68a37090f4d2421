import { isWritten, logTopic } from '../../definitions/index.js';
import { reason, StateError } from '../../errors/index.js';
import { Observers } from '../../observers/index.js';
import { Recovery } from '../../recovery/index.js';
import { hasAll, importSnapshot, refused, SnapshotReader, type SnapshotTable } from '../../snapshots/index.js';
import { withStore } from '../../stores/index.js';
import { unusable } from '../../tables/index.js';
import { groupOf } from '../../topology/index.js';
import type { Transport } from '../../transport/index.js';
import { neededOpener, openStores } from '../stores.js';
import type { AskedState, ExportedSnapshot, Told } from './state-export.js';

/** A snapshot that was asked to be imported. */
export interface ImportedSnapshot extends ExportedSnapshot {
  /** `kept`: what is there is as new. */
  readonly became: 'imported' | 'kept';
}

/**
 * Puts snapshots in the store of the next worker that starts here: that of the member that is named, else the first that no worker has. All are looked at before the
 * first is imported.
 * @throws StateError `SNAPSHOT_REFUSED`, which names each that cannot be used, `FORMAT_NEWER`, `STORE_LOCKED`
 */
export async function importState(
  asked: AskedState,
  files: readonly string[],
  transport: Transport,
  stored: Told,
): Promise<readonly ImportedSnapshot[]> {
  const { app, logger } = asked;
  const store = await neededOpener(app);
  const snapshots = await usable(asked, files, transport);
  const { datadir, member } = app;
  const stores = await openStores({ store, datadir, group: groupOf(app), member: member || undefined, own: undefined, logger });
  if (stores === undefined) return [];
  try {
    const imported: ImportedSnapshot[] = [];
    for (const [index, snapshot] of snapshots.entries()) {
      const { store: name, tables } = snapshot.head;
      const became = await withStore(stores, name, async (there) => {
        if (hasAll(snapshot, there)) return 'kept' as const;
        await importSnapshot(snapshot, there, stored);
        return 'imported' as const;
      });
      imported.push({ file: files[index], store: name, tables, became });
    }
    return imported;
  } finally {
    await stores.close();
  }
}

/** Opens all, and asks the broker whether their changelogs go on from them. */
async function usable(asked: AskedState, files: readonly string[], transport: Transport): Promise<readonly SnapshotReader[]> {
  const snapshots: SnapshotReader[] = [];
  const faults: Error[] = [];
  const logs = new Logs(asked, transport);
  try {
    for (const file of files) {
      try {
        const snapshot = await SnapshotReader.open(file);
        const why = await logs.unusable(snapshot);
        if (why !== undefined) throw refused(file, why);
        snapshots.push(snapshot);
      } catch (error) {
        if (!(error instanceof StateError)) throw error;
        faults.push(error);
      }
    }
  } finally {
    await logs.close();
  }
  if (faults.length === 0) return snapshots;
  const [first] = faults as StateError[];
  const message = `${faults.map(reason).join('\n')}\nNothing was imported. Without a snapshot tables are read from their changelogs`;
  throw new StateError(message, { code: faults.length === 1 ? first.code : 'SNAPSHOT_REFUSED' });
}

interface FoundTopic {
  /** 0 where it does not exist. */
  readonly partitions: number;
  readonly topicId: string | undefined;
}

/** The topics that the tables of an app are read from. */
class Logs {
  readonly #asked: AskedState;
  readonly #topics = new Map<string, Promise<FoundTopic>>();
  readonly #recovery: Recovery;
  readonly #signal = new AbortController().signal;

  constructor(asked: AskedState, transport: Transport) {
    this.#asked = asked;
    this.#recovery = new Recovery({ transport, clock: asked.clock, logger: asked.logger, observers: new Observers([], asked.logger) });
  }

  /** Why a snapshot cannot be gone on from. */
  async unusable({ head: { group, tables } }: SnapshotReader): Promise<string | undefined> {
    const own = groupOf(this.#asked.app);
    if (group !== own) return `is of ${group}, and the group of this app is ${own}`;
    for (const table of tables) {
      const why = await this.#whyNot(table);
      if (why !== undefined) return `cannot be gone on from: table ${table.name}, partition ${table.partition} of ${table.topic}: ${why}`;
    }
    return undefined;
  }

  async #whyNot({ name, topic, partition, note }: SnapshotTable): Promise<string | undefined> {
    const { app, tables, clock } = this.#asked;
    const definition = tables.find((each) => each.name === name);
    if (definition === undefined) return 'the app has no such table';
    const now = logTopic(groupOf(app), definition);
    if (now !== topic) return `the table is read from ${now} now`;
    const { partitions, topicId } = await this.#topicOf(topic);
    if (partitions <= partition) return 'that does not exist';
    const [ends] = await this.#recovery.ends([{ topic, partition }], this.#signal);
    return unusable(note, { ends, topicId }, clock.now(), !isWritten(definition));
  }

  #topicOf(name: string): Promise<FoundTopic> {
    const found = this.#topics.get(name) ?? this.#ask(name);
    this.#topics.set(name, found);
    return found;
  }

  async #ask(name: string): Promise<FoundTopic> {
    const [partitions, ids] = await Promise.all([
      this.#recovery.partitionsOf(name, this.#signal),
      this.#recovery.topicIds([name], this.#signal),
    ]);
    return { partitions, topicId: ids.get(name) };
  }

  close(): Promise<void> {
    return this.#recovery.close();
  }
}
