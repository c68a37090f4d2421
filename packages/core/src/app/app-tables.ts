import { changelogTopic, isWritable, type WrittenDefinition } from '../definitions/index.js';
import { type Discovery, ownTopicFaults } from '../discovery/index.js';
import { DefinitionError } from '../errors/index.js';
import { type TableState, Tables } from '../tables/index.js';
import { type Clock, SystemClock } from '../time/index.js';
import { Topics } from '../topics/index.js';
import { type AppOptions, groupOf, repartitionsOf, type Topology, tableSets, timedTopics } from '../topology/index.js';

/** The tables of an app, which are kept in changelogs of its group. */
export function tablesOf({ changed, derived }: Discovery, app: AppOptions, topics: Topics, clock: Clock): Tables {
  const changelogOf = (definition: WrittenDefinition) => changelogTopic(groupOf(app), definition);
  return new Tables({ changelogOf, topics, changed, derived, clock, cacheBytes: app.cacheBytes });
}

/** The state of the sets of an app, and the time of topics that have none, and whose events are moved to where windows go by it. */
export function statesOf(tables: Tables, topology: Pick<Topology, 'agents' | 'tables'>): TableState[] {
  const sets = tableSets(topology.tables ?? []).filter((set) => set.topics.length > 0);
  const repartitions = repartitionsOf(topology);
  const timed = timedTopics(sets, repartitions);
  const kept = new Set(sets.flatMap(({ topics }) => topics.map(({ name }) => name)));
  const origins = new Map(repartitions.map(({ origin }) => [origin.name, origin]));
  const bare = [...origins.values()].filter((origin) => isWritable(origin) && timed.has(origin.name) && !kept.has(origin.name));
  return [
    ...sets.map((set) =>
      tables.stateOf(
        set,
        set.topics.some(({ name }) => timed.has(name)),
      ),
    ),
    ...bare.map((topic) => tables.stateOf({ name: topic.name, topics: [topic], tables: [] }, true)),
  ];
}

/**
 * An app as it is described, with its options and what it would keep. For looking at: its tables are those of no worker.
 * @throws DefinitionError where other topics are the app's own under these options, and something speaks against them
 */
export function withStates(described: Topology, discovery: Discovery, app: AppOptions): Topology {
  const faults = ownTopicFaults(app, discovery);
  if (faults.length > 0) throw new DefinitionError(faults);
  return { ...described, app, states: statesOf(tablesOf(discovery, app, new Topics(app.codec), new SystemClock()), described) };
}
