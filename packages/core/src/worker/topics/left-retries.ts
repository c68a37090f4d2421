import { groupOf, type Topology } from '../../topology/index.js';
import type { Admin } from '../../transport/index.js';

const ending = '-retries-changelog';

/**
 * What agents may have parked in a group that its app has no more: they were renamed, or wait in their lanes now. Nobody runs it.
 * @returns what is to be said of each
 */
export async function leftRetries({ app, states = [] }: Topology, admin: Pick<Admin, 'topics' | 'groupState'>): Promise<string[]> {
  const group = groupOf(app);
  const own = new Set(states.flatMap(({ changelogs }) => changelogs));
  const named = (await admin.topics())
    .map(({ name }) => name)
    .filter((name) => name.startsWith(`${group}-`) && name.endsWith(ending) && !own.has(name));
  const left: string[] = [];
  for (const name of named) if (!(await isOfAnother(name, group, admin))) left.push(name);
  return left.map(told);
}

/** Whether there is a group with whose name it begins, too, and which goes on from that of this one. */
async function isOfAnother(topic: string, group: string, admin: Pick<Admin, 'groupState'>): Promise<boolean> {
  if (admin.groupState === undefined) return true;
  for (let at = topic.indexOf('-', group.length + 1); at !== -1 && at < topic.length - ending.length; at = topic.indexOf('-', at + 1))
    if ((await admin.groupState(topic.slice(0, at))) !== 'none') return true;
  return false;
}

function told(topic: string): string {
  return `${topic} is of an agent that this app does not have, or that has no durable retry: what is parked there does not run. Start the app once more with that agent and its errors.retry.durable until nothing is parked, then delete the topic`;
}
