import type { Attempt } from '../../attempts/index.js';
import type { RetriesDefinition } from '../../definitions/index.js';
import type { Parking } from '../../lanes/index.js';
import type { Clock } from '../../time/index.js';
import { eachCellKey } from '../entries.js';
import type { GroupTables, ShardedTable } from '../group-tables.js';
import type { Shard } from '../shard.js';
import type { TableFormat } from '../table-format.js';
import { ParkedEvents } from './parked-events.js';
import { positionIn, retriesFormat } from './parked-format.js';

export interface RetriesTableParts {
  readonly definition: RetriesDefinition;
  readonly changelog: string;
  readonly clock: Clock;
}

/** What an agent has parked, of a worker: the events of each of its topics. */
export class RetriesTable implements ShardedTable {
  readonly format: TableFormat;
  readonly #parts: RetriesTableParts;
  readonly #recovered = new WeakMap<Shard, string[]>();
  readonly #parked = new WeakMap<GroupTables, readonly ParkedEvents[]>();

  constructor(parts: RetriesTableParts) {
    this.#parts = parts;
    this.format = retriesFormat(parts.definition.name);
  }

  get changelog(): string {
    return this.#parts.changelog;
  }

  connect(): void {}

  async recovered(shard: Shard): Promise<void> {
    const found: string[] = [];
    await eachCellKey(shard, (cellKey) => found.push(cellKey));
    this.#recovered.set(shard, found);
  }

  derives(group: GroupTables, shard: Shard): readonly ParkedEvents[] {
    const { definition, clock } = this.#parts;
    const { isInOrder, max, sources } = definition;
    const writesOf = (attempt: Attempt) => group.writesOf(attempt);
    const found = this.#recovered.get(shard) ?? [];
    const parked = sources.map(({ name: topic, origin: { name: origin } }) => {
      const events = new ParkedEvents({ topic, origin, shard, clock, isInOrder, max, writesOf, isRead: true });
      events.restore(found.filter((cellKey) => positionIn(cellKey).topic === origin));
      return events;
    });
    this.#recovered.delete(shard);
    this.#parked.set(group, parked);
    return parked;
  }

  /** Where events of a topic wait in a group. @param topic theirs, or what stands in its place for those that are parked */
  parkingIn(group: GroupTables, topic: string): Parking | undefined {
    const at = this.#parts.definition.sources.findIndex(({ name, origin }) => name === topic || origin.name === topic);
    return this.#parked.get(group)?.[at];
  }
}
