import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { changelogTopic } from '../../definitions/index.js';
import { StateError, TransportError } from '../../errors/index.js';
import { delayedTopics } from '../../topics/index.js';
import { type AppOptions, groupOf, repartitionsOf, type Topology } from '../../topology/index.js';
import { type Admin, askAdmin, type GroupState, type Transport } from '../../transport/index.js';
import { storesDirectory } from '../stores.js';

/** What an app has left beside what it reads and what it has made of that: how far it has come, and its state. */
export interface AppTraces {
  readonly group: string;
  readonly groupState: GroupState;
  /** Changelogs and repartition topics that exist. */
  readonly topics: readonly string[];
  /** Where workers on this machine keep tables. */
  readonly folders: readonly string[];
}

/** Looks for what an app has left. Nothing of it is constructed or started. */
export async function tracesOf(
  { agents, tables = [] }: Pick<Topology, 'agents' | 'tables'>,
  app: AppOptions & { readonly datadir: string },
  transport: Pick<Transport, 'admin'>,
): Promise<AppTraces> {
  const group = groupOf(app);
  const names = [
    ...tables.map(({ definition }) => changelogTopic(group, definition)),
    ...repartitionsOf({ agents }).map(({ topic }) => topic.name),
  ];
  return askAdmin(transport, async (admin) => {
    const existing = await admin.describe(names);
    const topics = existing.map(({ name }) => name).sort();
    const folders = [storesDirectory(app.datadir, group)].filter((folder) => existsSync(folder));
    return { group, groupState: await stateOf(group, admin), topics, folders };
  });
}

/**
 * The topics that are named as changelogs and repartition topics of an app are, whether it declares them or not. An app whose id goes on from that of this one has some
 * that are named so, too: nobody can tell.
 */
export async function internalTopics(app: AppOptions, transport: Pick<Transport, 'admin'>): Promise<readonly string[]> {
  const existing = await askAdmin(transport, (admin) => admin.topics());
  const own = `${groupOf(app)}-`;
  const isOfOtherVersion = (name: string) => own === `${app.id}-` && /^v[0-9]+-/.test(name.slice(own.length));
  // They are those of all versions, and wait whichever of them runs.
  const delayed = delayedTopics(app.id);
  const isInternal = (name: string) =>
    name.startsWith(own) && /-(changelog|repartition)$/.test(name) && !isOfOtherVersion(name) && !delayed.includes(name);
  return existing.map(({ name }) => name).filter(isInternal);
}

/**
 * Deletes it: the app begins anew. First the offsets: what is left without them when that fails half-way is found at the next start.
 * @throws StateError `GROUP_ACTIVE` while workers are in the group; TransportError when the broker refuses
 */
export async function removeTraces(traces: AppTraces, transport: Pick<Transport, 'admin'>): Promise<void> {
  mustBeIdle(traces);
  await askAdmin(transport, (admin) => remove(traces, admin));
  for (const folder of traces.folders) await rm(folder, { recursive: true, force: true });
}

async function remove({ group, topics }: AppTraces, admin: Admin): Promise<void> {
  // A worker that has joined since is told by the broker.
  if ((await stateOf(group, admin)) !== 'none') await admin.deleteGroup(group);
  await admin.deleteTopics(topics);
}

/** @throws TransportError `OPERATION_UNSUPPORTED` where the broker does not tell */
function stateOf(group: string, admin: Admin): Promise<GroupState> {
  if (admin.groupState !== undefined) return admin.groupState(group);
  throw new TransportError(
    'this broker does not tell whether a group has members: what the embedded broker holds is gone when it is started again',
    {
      code: 'OPERATION_UNSUPPORTED',
    },
  );
}

/** @throws StateError `GROUP_ACTIVE` */
export function mustBeIdle({ group, groupState }: Pick<AppTraces, 'group' | 'groupState'>): void {
  if (groupState !== 'active') return;
  throw new StateError(
    `the consumer group "${group}" has members: stop all workers of the app first. One that was killed stays a member until its session ends (session.timeout.ms, 45 s unless said otherwise)`,
    { code: 'GROUP_ACTIVE' },
  );
}
