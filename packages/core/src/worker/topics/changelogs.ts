import { TransportError } from '../../errors/index.js';
import type { SourceUse } from '../../tables/index.js';
import type { StateDescription, Topology } from '../../topology/index.js';
import type { Admin, NewTopic, TopicInfo } from '../../transport/index.js';
import { anyTimestamp } from './own-settings.js';

/**
 * The changelogs that must exist, each with as many partitions as the topics whose state it keeps; −1 while the number of these is not known.
 * @throws TransportError `TOPIC_MISSING`, or `TOPIC_MISMATCH` where these have different numbers
 */
export async function changelogTopics({ states = [], agents }: Topology, admin: Pick<Admin, 'describe'>): Promise<NewTopic[]> {
  const read = new Set(agents.map(({ topic }) => topic.name));
  const wanted: NewTopic[] = [];
  for (const state of inOrder(states)) {
    const partitions = await partitionsOf(state, admin, wanted);
    state.connect?.(partitions);
    for (const name of state.changelogs) {
      const config = read.has(name) ? { ...changelogConfig, 'min.compaction.lag.ms': compactionLagMs } : changelogConfig;
      wanted.push({ name, partitions, replicas: -1, config, wishes: anyTimestamp });
    }
  }
  return wanted;
}

/** Each after those whose changes feed it. */
function inOrder(states: readonly StateDescription[]): StateDescription[] {
  const open = new Set(states);
  const ordered: StateDescription[] = [];
  const waitsFor = (state: StateDescription, other: StateDescription) =>
    other !== state && state.topics.some(({ name }) => other.changelogs.includes(name));
  while (open.size > 0) {
    const next = [...open].find((state) => ![...open].some((other) => waitsFor(state, other))) ?? [...open][0];
    open.delete(next);
    ordered.push(next);
  }
  return ordered;
}

/** @param toCome changelogs that are not created yet */
async function partitionsOf(
  { topics, changelogs, sources = [] }: StateDescription,
  admin: Pick<Admin, 'describe'>,
  toCome: readonly NewTopic[],
): Promise<number> {
  // Its own changelogs have as many as the others, or are refused.
  const names = topics.flatMap(({ names }) => names.map(String)).filter((name) => !changelogs.includes(name));
  const needed = [...new Set([...names, ...sources.map(({ topic }) => topic)])];
  const described = await admin.describe(needed.filter((name) => !toCome.some((each) => each.name === name)));
  const known = [...described, ...toCome.filter(({ name }) => needed.includes(name))];
  const missing = needed.filter((name) => !known.some((each) => each.name === name));
  if (missing.length > 0)
    throw new TransportError(`topics are missing: ${missing.join(', ')}. Create them, or start with topics: 'create'`, {
      code: 'TOPIC_MISSING',
    });
  const found = known.filter(({ name }) => names.includes(name));
  const counted = found.filter(({ partitions }) => partitions !== -1);
  const [first, ...others] = counted.length > 0 ? counted : found;
  const other = others.find(({ partitions }) => partitions !== first.partitions);
  if (other === undefined) {
    for (const source of sources) mustFit(source, first, known);
    return first.partitions;
  }
  const both = `${first.name} has ${first.partitions} and ${other.name} has ${other.partitions}`;
  throw new TransportError(
    `topics that share state must have the same number of partitions: ${both}, and both feed ${changelogs.join(', ')}. Bring one to the number of the other`,
    { code: 'TOPIC_MISMATCH' },
  );
}

/** @throws TransportError `TOPIC_MISMATCH` where the topic that a table is the view of has another number of partitions */
function mustFit({ table, topic, via }: SourceUse, first: TopicInfo, known: readonly TopicInfo[]): void {
  const found = known.find(({ name }) => name === topic);
  if (found === undefined || found.partitions === first.partitions || found.partitions === -1 || first.partitions === -1) return;
  throw new TransportError(
    `${topic} has ${found.partitions} partitions and ${first.name} has ${first.partitions}: the table ${table} is the view of ${topic}, and events of ${first.name} look up in it (${via}), so both need the same number. Bring one to the number of the other, regroup it (groupBy), or use a globalTable, which every worker has whole`,
    { code: 'TOPIC_MISMATCH' },
  );
}

/** How long a changelog keeps every change whose reader may be behind: a day. */
const compactionLagMs = String(24 * 60 * 60 * 1000);

/** A store that was away for less than half of `delete.retention.ms` sees every tombstone. */
const changelogConfig = {
  'cleanup.policy': 'compact',
  'segment.bytes': String(64 * 1024 * 1024),
  'min.cleanable.dirty.ratio': '0.2',
  'delete.retention.ms': String(7 * 24 * 60 * 60 * 1000),
  'message.timestamp.type': 'CreateTime',
  // What an entry is kept to, whatever the cluster has as its default.
  'max.message.bytes': '1048588',
};
