import { TransportError } from '../../errors/index.js';
import type { Topology } from '../../topology/index.js';
import type { Admin } from '../../transport/index.js';
import { compare, type PlannedTopic, problemsOf, stages } from './plan.js';

/**
 * Creates and changes topics until they are as an app wants them. Those that are so already are left alone.
 * @returns those about which something was done
 * @throws TransportError `TOPIC_MISMATCH` for what cannot be changed, before anything is done about topics that depend on it; or what the broker refuses
 */
export async function applyTopics(topology: Topology, admin: Admin): Promise<PlannedTopic[]> {
  const done: PlannedTopic[] = [];
  for (const stage of stages) {
    const planned = (await compare(topology, await stage(topology, admin), admin)).filter(({ steps }) => steps.length > 0);
    mustBePossible(planned.flatMap(problemsOf));
    await admin.create(planned.filter(({ partitions }) => partitions === null).map(({ wanted }) => wanted));
    for (const each of planned) await change(each, admin);
    done.push(...planned);
  }
  return done;
}

/** @throws TransportError `TOPIC_MISMATCH` with what cannot be changed */
export function mustBePossible(problems: readonly string[]): void {
  if (problems.length > 0) throw new TransportError(problems.join('; '), { code: 'TOPIC_MISMATCH' });
}

async function change({ wanted: { name }, steps }: PlannedTopic, admin: Admin): Promise<void> {
  for (const step of steps) if (step.kind === 'grow') await admin.addPartitions(name, step.to);
  const settings = steps.flatMap((step) => (step.kind === 'set' ? [[step.setting, step.wanted] as const] : []));
  if (settings.length > 0) await admin.alterConfigs(name, Object.fromEntries(settings));
}
