import pino from 'pino';
import { UncommittedChanges } from '../../checkpoints/index.js';
import { codecNamed } from '../../codecs/index.js';
import { Observers } from '../../observers/index.js';
import { Recovery } from '../../recovery/index.js';
import { MemoryStores, type Stores } from '../../stores/index.js';
import { VirtualClock } from '../../time/index.js';
import { MemoryBroker, type Producer } from '../../transport/index.js';
import { GroupTables } from '../group-tables.js';
import type { Shard } from '../shard.js';
import { TableFormat } from '../table-format.js';
import { CellCache } from './cell-cache.js';

export const changelog = 'app-counts-changelog';

/** A partition group with one table, its changelog and its store: opened, killed and opened again. */
export class KeptGroup {
  readonly clock = new VirtualClock('2020-01-01');
  readonly broker = new MemoryBroker({ clock: this.clock, partitions: 1 });
  /** Why the worker was to end. */
  failure: Error | undefined;
  readonly logged: string[] = [];
  #producer: Promise<Producer> | undefined;
  #group: GroupTables | undefined;
  #shard: Shard | undefined;
  #recovery: Recovery | undefined;
  #closing = new AbortController();
  /** Messages that were read by recoveries. */
  read = 0;

  constructor(
    public stores: Stores = new MemoryStores(),
    public cacheBytes = Number.POSITIVE_INFINITY,
    readonly codec = 'json',
    readonly entriesAtATime?: number,
  ) {
    this.broker.createTopic({ name: changelog, config: { 'cleanup.policy': 'compact' } });
  }

  get shard(): Shard {
    if (this.#shard === undefined) throw new Error('the group is not open');
    return this.#shard;
  }

  get group(): GroupTables {
    if (this.#group === undefined) throw new Error('the group is not open');
    return this.#group;
  }

  async open(): Promise<void> {
    await this.begin();
  }

  /** Begins to recover. */
  begin(): Promise<unknown> {
    const transport = this.broker.transport();
    const warn = (message: unknown) => this.logged.push(String(message));
    const logger = { ...pino({ level: 'silent' }), warn } as unknown as pino.Logger;
    const recovery = new Recovery({ transport, clock: this.clock, logger, observers: new Observers([], logger) });
    const read = recovery.read.bind(recovery);
    recovery.read = (stretch, signal) =>
      read(
        {
          ...stretch,
          take: (batch) => {
            this.read += batch.length;
            return stretch.take(batch);
          },
        },
        signal,
      );
    this.#recovery = recovery;
    this.#closing = new AbortController();
    const table = {
      changelog,
      format: new TableFormat('counts', codecNamed('string'), codecNamed(this.codec)),
      open: (_: GroupTables, shard: Shard) => {
        this.#shard = shard;
      },
      close: () => undefined,
    };
    const fail = (error: Error) => {
      this.failure ??= error;
    };
    const uncommitted = new UncommittedChanges({ hurry: () => undefined, eased: () => undefined });
    const around = { recovery, clock: this.clock, logger, observers: new Observers([], logger), uncommitted, stallMs: 0, fail };
    this.#group = new GroupTables(0, [table], around, {
      storage: { stores: this.stores, cache: new CellCache(this.cacheBytes), name: 'views-0', entriesAtATime: this.entriesAtATime },
    });
    return this.#group.recover(this.#closing.signal);
  }

  /** Gives it up in order. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#group?.close();
    await this.#recovery?.close();
    this.#shard = undefined;
  }

  /** As a worker that is killed: nothing more is stored. */
  async kill(): Promise<void> {
    await this.stores.close();
    await this.close();
  }

  set(key: string, value: unknown): void {
    const cell = this.shard.cell(key);
    this.shard.change(cell, value === undefined ? undefined : this.shard.keep(cell, value));
  }

  get(key: string): unknown {
    const cell = this.shard.find(key);
    return cell === undefined ? undefined : this.shard.valueOf(cell);
  }

  /** Writes the changes to the changelog. */
  async write(): Promise<void> {
    this.group.prepare();
    this.#producer ??= this.broker.transport().producer();
    const producer = await this.#producer;
    await this.group.write(producer);
    producer.handOver();
    await producer.flush();
  }

  async checkpoint(): Promise<void> {
    await this.write();
    await this.group.committed();
  }
}
