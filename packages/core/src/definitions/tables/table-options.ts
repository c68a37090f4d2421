import type { Duration } from '../../time/index.js';
import type { Schema, SchemaType } from '../schema.js';
import type { GroupedDefinition } from '../source.js';
import type { TopicDefinition } from '../topic.js';

/** What a key has that is not there: a value, or a function that makes one. */
export type Default<V> = V | (() => V);

/** @typeParam D the type of `default`; never without one */
export interface TableOptions<K extends Schema, V extends Schema, D> {
  /** How keys are written. Equal keys must give equal bytes: `'json'` is refused. */
  readonly key: K;
  /** How values are written to the changelog. */
  readonly value: V;
  /**
   * What `get` gives of a key that is not there; reading does not store it. A function is called each time: use one for what can be changed.
   * @default undefined
   */
  readonly default?: D;
  /**
   * Gives the table the partitions of this topic, or of a grouped one. For a table that no agent reaches, or one whose class also has agents that leave it alone.
   * @default the topics of the agents whose classes reach the table by injection
   */
  readonly like?: TopicDefinition | GroupedDefinition;
  /** Number of partitions; the topics that feed the table must have as many. Not with `like`. @default that of the topics that feed it */
  readonly partitions?: number;
  /**
   * `'key'`: a key lives in the partition that Java's murmur2 gives it, and writing it elsewhere is an error. `'event'`: in the partition of the event
   * that writes it; the same key may then be in several. @default 'key'
   */
  readonly placement?: 'key' | 'event';
  /**
   * An entry expires so long after the event that has written it last, by event time: when an event of its partition is finished that is later than that.
   * @default never
   */
  readonly ttl?: Duration;
  /**
   * Makes of a value as `value` decodes it, whatever code has written it, what it is now. Called for each value that is read, those of today included: these it
   * gives back as they are. Not for values that are records: those say their version (`@Record({ version, upcast })`). It is compared as methods are: `old` may be of any type.
   */
  readonly upcast?: { upcast(old: unknown): SchemaType<V> }['upcast'];
  /**
   * `'all'`: every worker has a copy of each shard that it has not, kept up with what is committed. Who takes a partition over reads the last of the changelog only,
   * and `get` with `{ stale: true }` reads the copy. Each worker reads and keeps all of the table: for two to four. Not of windows. @default none
   */
  readonly standby?: 'all';
}
