import { mergeOptions, withStates } from '@weir/core/internal/app';
import { delayedApp } from '@weir/core/internal/delayed';
import { type Discovery, discover } from '@weir/core/internal/discovery';
import { delayedTopic } from '@weir/core/internal/topics';
import type { AppOptions, Topology } from '@weir/core/internal/topology';
import type { Admin } from '@weir/core/internal/transport';
import { planTopics, type Right, rightsOf, type TopicPlan } from '@weir/core/internal/worker';
import { type AppArguments, overridesOf } from '../../arguments/app-options.js';
import type { Surroundings } from '../../command.js';
import { connected, describeApp, warnOfVariables } from '../../connect.js';
import { needApp } from '../../loading/load-app.js';

/** What a command that plans is given. */
export interface PlanningArguments extends AppArguments {
  /** Whether the app sends delayed messages; otherwise it is taken to do so where their topic is there. */
  readonly delayed?: boolean;
}

/** The plan of an app, and what it is made of. */
export interface Planned {
  /** The app, and where it sends delayed messages what moves them on. */
  readonly topologies: readonly [Topology, ...Topology[]];
  readonly plan: TopicPlan;
  /** What the app's principal needs. */
  readonly rights: readonly Right[];
}

/** Plans for as long as `use` takes, beside what the cluster has. */
export async function withPlan<T>(
  given: PlanningArguments,
  around: Surroundings,
  use: (planned: Planned, admin: Admin) => Promise<T>,
): Promise<T> {
  const appClass = await needApp(given, around);
  return connected(given, { ...around, appClass }, async ({ transport }) => {
    const admin = await transport.admin();
    const topology = topologyOf(discover(appClass), given, around);
    const isDelaying = given.delayed === true || (await admin.describe([delayedTopic(topology.app.id)])).length > 0;
    return use(await planned(topology, isDelaying, admin), admin);
  });
}

/** Plans without asking a broker. */
export async function planOffline(given: PlanningArguments, around: Surroundings): Promise<Planned> {
  warnOfVariables(given, around);
  return planned(topologyOf(discover(await needApp(given, around)), given, around), given.delayed === true, undefined);
}

function topologyOf(discovery: Discovery, given: AppArguments, { shell }: Surroundings): Topology {
  const app = mergeOptions(discovery.app, shell.environment, overridesOf(given), discovery.tables.length > 0);
  return withStates(describeApp(discovery, app), discovery, app);
}

/** What moves the delayed messages of an app on. */
function delayedTopology({ id, guarantee, topics, kafka, errors }: AppOptions): Topology {
  const discovery = discover(delayedApp(id));
  const app = mergeOptions(discovery.app, {}, { guarantee, topics, kafka, errors });
  return withStates(describeApp(discovery, app), discovery, app);
}

async function planned(topology: Topology, isDelaying: boolean, admin: Admin | undefined): Promise<Planned> {
  const topologies: Planned['topologies'] = isDelaying ? [topology, delayedTopology(topology.app)] : [topology];
  const topics = new Map<string, TopicPlan['topics'][number]>();
  const problems = new Set<string>();
  for (const each of topologies) {
    const plan = await planTopics(each, admin);
    for (const found of plan.topics) if (!topics.has(found.wanted.name)) topics.set(found.wanted.name, found);
    for (const problem of plan.problems) problems.add(problem);
  }
  return { topologies, plan: { topics: [...topics.values()], problems: [...problems] }, rights: together(topologies.flatMap(rightsOf)) };
}

/** Each resource once, with all that is needed of it. */
function together(rights: readonly Right[]): Right[] {
  const found = new Map<string, Right>();
  for (const right of rights) {
    const name = `${right.resource} ${right.pattern} ${right.name}`;
    const operations = new Set([...(found.get(name)?.operations ?? []), ...right.operations]);
    found.set(name, { ...right, operations: [...operations] });
  }
  return [...found.values()];
}
