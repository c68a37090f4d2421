import type { Logger } from 'pino';
import { checkSettings, provision } from '../../topics/index.js';
import { passingTopics, type Topology } from '../../topology/index.js';
import { askAdmin, type Transport } from '../../transport/index.js';
import { changelogTopics } from './changelogs.js';
import { leftRetries } from './left-retries.js';
import { neededTopics } from './needed.js';
import { repartitionTopics } from './repartitions.js';

/** Sees to the topics that an app needs, as its policy says: those that it names, then its own, which follow from them. @throws TransportError */
export async function provisionTopics(topology: Topology, transport: Transport, logger: Logger): Promise<void> {
  const policy = topology.app.topics ?? 'create';
  if (policy === 'off' && topology.states === undefined) return;
  const created = await askAdmin(transport, async (admin) => {
    const passing = passingTopics(topology);
    const named = neededTopics(topology);
    const needed = await provision(admin, named, policy);
    const repartitions = await repartitionTopics(topology, admin);
    const moved = await provision(admin, repartitions, policy);
    const changelogs = await changelogTopics(topology, admin);
    const made = [...moved, ...(await provision(admin, changelogs, policy))];
    const own = [...named.filter(({ name }) => passing.includes(name)), ...repartitions, ...changelogs];
    const existing = own.filter(({ name }) => !needed.includes(name) && !made.includes(name));
    for (const told of [...(await checkSettings(admin, existing, policy)), ...(await leftRetries(topology, admin))]) logger.warn(told);
    return [...needed, ...made];
  });
  if (created.length > 0) logger.info(`created topics ${created.join(', ')}`);
}
