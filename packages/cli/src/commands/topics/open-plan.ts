import { mergeOptions, withStates } from '@weir/core/internal/app';
import { type Discovery, discover } from '@weir/core/internal/discovery';
import type { Topology } from '@weir/core/internal/topology';
import type { Admin } from '@weir/core/internal/transport';
import { planTopics, type Right, rightsOf, type TopicPlan } from '@weir/core/internal/worker';
import { type AppArguments, overridesOf } from '../../arguments/app-options.js';
import type { Surroundings } from '../../command.js';
import { connected, describeApp, warnOfVariables } from '../../connect.js';
import { needApp } from '../../loading/load-app.js';

/** The plan of an app, and what it is made of. */
export interface Planned {
  readonly topology: Topology;
  readonly plan: TopicPlan;
  /** What the app's principal needs. */
  readonly rights: readonly Right[];
}

/** Plans for as long as `use` takes, beside what the cluster has. */
export async function withPlan<T>(
  given: AppArguments,
  around: Surroundings,
  use: (planned: Planned, admin: Admin) => Promise<T>,
): Promise<T> {
  const appClass = await needApp(given, around);
  return connected(given, { ...around, appClass }, async ({ transport }) => {
    const admin = await transport.admin();
    return use(await planned(topologyOf(discover(appClass), given, around), admin), admin);
  });
}

/** Plans without asking a broker. */
export async function planOffline(given: AppArguments, around: Surroundings): Promise<Planned> {
  warnOfVariables(given, around);
  return planned(topologyOf(discover(await needApp(given, around)), given, around), undefined);
}

function topologyOf(discovery: Discovery, given: AppArguments, { shell }: Surroundings): Topology {
  const app = mergeOptions(discovery.app, shell.environment, overridesOf(given), discovery.tables.length > 0);
  return withStates(describeApp(discovery, app), discovery, app);
}

async function planned(topology: Topology, admin: Admin | undefined): Promise<Planned> {
  return { topology, plan: await planTopics(topology, admin), rights: rightsOf(topology) };
}
