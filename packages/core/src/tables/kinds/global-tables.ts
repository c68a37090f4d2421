import { asError, TransportError } from '../../errors/index.js';
import type { Cancel } from '../../time/index.js';
import type { GroupSurroundings, GroupTables, ShardedTable } from '../group-tables.js';
import type { GlobalTable } from './global-table.js';

/** How often it is looked whether topics have more partitions. */
const lookMs = 60_000;

/** Opens a group of partitions of a global table. @param isFirst whether it is those that are kept in a store */
export type OpenParts = (table: GlobalTable, parts: readonly ShardedTable[], around: GroupSurroundings, isFirst: boolean) => GroupTables;

/** The global tables of a worker: whole before it begins, and live until it ends. Partitions that are added later are read as they are found. */
export class GlobalTables {
  readonly #tables: readonly GlobalTable[];
  readonly #open: OpenParts;
  readonly #partitions = new Map<GlobalTable, number>();
  readonly #closing = new AbortController();
  #cancel: Cancel = () => {};

  constructor(tables: readonly GlobalTable[], open: OpenParts) {
    this.#tables = tables;
    this.#open = open;
  }

  /**
   * Resolves when all are whole: as far as every transaction was decided when it was asked.
   * @throws TransportError `TOPIC_MISSING`
   */
  async recover(around: GroupSurroundings): Promise<void> {
    await Promise.all(this.#tables.map((table) => this.#look(table, around)));
    this.#lookLater(around);
  }

  async #look(table: GlobalTable, around: GroupSurroundings): Promise<void> {
    const { signal } = this.#closing;
    const known = this.#partitions.get(table) ?? 0;
    const count = await around.recovery.partitionsOf(table.topic, signal);
    if (count === 0 && known === 0)
      throw new TransportError(
        `topic ${table.topic} is missing, which table ${table.name} is a copy of. Create it, or start with topics: 'create'`,
        {
          code: 'TOPIC_MISSING',
        },
      );
    if (count <= known) return;
    const added = Array.from({ length: count - known }, (_, index) => table.part(known + index));
    await this.#open(table, added, around, known === 0).recover(signal);
    this.#partitions.set(table, count);
    table.complete();
  }

  #lookLater(around: GroupSurroundings): void {
    if (this.#closing.signal.aborted || this.#tables.length === 0) return;
    this.#cancel = around.clock.after(lookMs, () => {
      void Promise.all(this.#tables.map((table) => this.#look(table, around))).then(
        () => this.#lookLater(around),
        (error: unknown) => !this.#closing.signal.aborted && around.fail(asError(error)),
      );
    });
  }

  close(): void {
    this.#cancel();
    this.#closing.abort();
  }
}
