import { TransportError } from '../../errors/index.js';
import { deadLetterTopic } from '../../letters/index.js';
import { type Difference, differencesOf, isAsGood, isSameSetting } from '../../topics/index.js';
import { passingTopics, repartitionsOf, type Topology } from '../../topology/index.js';
import type { Admin, NewTopic } from '../../transport/index.js';
import { changelogTopics } from './changelogs.js';
import { type Describing, Foreseen } from './foreseen.js';
import { neededTopics } from './needed.js';
import { type PartitionStep, partitionStep } from './partition-steps.js';
import { repartitionTopics } from './repartitions.js';

/** What an app keeps a topic for that is its own. */
export type OwnTopic = 'dead letters' | 'delayed messages' | 'repartition' | 'changelog';

/** What is to be done about a topic, or cannot be done. */
export type TopicStep = { readonly kind: 'create' } | PartitionStep | ({ readonly kind: 'set' } & Difference);

/** A topic as an app wants it, and what is to be done so that it is so. */
export interface PlannedTopic {
  readonly wanted: NewTopic;
  /** Missing for topics of others. */
  readonly own?: OwnTopic;
  /** Of the topic that is there; null where none is, undefined where nobody has asked. */
  readonly partitions: number | null | undefined;
  readonly steps: readonly TopicStep[];
  /** Whether the settings that are wanted could not be compared. */
  readonly isUntold: boolean;
}

/** What can be asked while planning. */
export type Asking = Describing & Pick<Admin, 'configs'>;

/**
 * What topics must exist. Later ones have as many partitions as earlier ones, and so are planned after these.
 */
export const stages: readonly ((topology: Topology, known: Describing) => Promise<NewTopic[]>)[] = [
  async (topology) => neededTopics(topology),
  repartitionTopics,
  changelogTopics,
];

/** Every topic that an app needs, and what somebody has to decide first. */
export interface TopicPlan {
  readonly topics: readonly PlannedTopic[];
  /** What cannot be changed, each with its remedy. */
  readonly problems: readonly string[];
}

/**
 * Every topic that an app needs beside what the cluster has. Changes nothing.
 * @param admin missing to tell only what the app wants
 */
export async function planTopics(topology: Topology, admin: Asking | undefined): Promise<TopicPlan> {
  const foreseen = new Foreseen(admin);
  const topics: PlannedTopic[] = [];
  const problems: string[] = [];
  for (const stage of stages) {
    const wanted = await stage(topology, foreseen).catch((thrown: unknown) => {
      problems.push(mismatch(thrown));
      return [];
    });
    const planned = await compare(topology, wanted, admin);
    for (const each of planned) foreseen.plan(each.wanted.name, partitionsAfter(each));
    topics.push(...planned);
  }
  return { topics, problems: [...problems, ...topics.flatMap(problemsOf)] };
}

/** Topics that share state may have different numbers of partitions: what is wanted beside them is not known then. */
function mismatch(thrown: unknown): string {
  if (thrown instanceof TransportError && thrown.code === 'TOPIC_MISMATCH') return thrown.message;
  throw thrown;
}

/** What is wrong with a topic that cannot be changed. */
export function problemsOf({ steps }: PlannedTopic): string[] {
  return steps.flatMap((step) => (step.kind === 'impossible' ? [step.problem] : []));
}

function partitionsAfter({ wanted, partitions, steps }: PlannedTopic): number {
  const isGrown = steps.some(({ kind }) => kind === 'grow');
  return isGrown || typeof partitions !== 'number' ? wanted.partitions : partitions;
}

/** Topics as they are wanted beside what the cluster has. */
export async function compare(topology: Topology, wanted: readonly NewTopic[], admin: Asking | undefined): Promise<PlannedTopic[]> {
  const owns = ownTopics(topology);
  const names = wanted.map(({ name }) => name);
  const existing = new Map((await admin?.describe(names))?.map(({ name, partitions }) => [name, partitions]));
  const asked = wanted.filter((each) => existing.has(each.name) && hasSettings(each)).map(({ name }) => name);
  const configs = (asked.length > 0 && (await admin?.configs?.(asked))) || new Map<string, Readonly<Record<string, string>>>();
  return wanted.map((topic) => {
    const own = owns.get(topic.name);
    const partitions = admin === undefined ? undefined : (existing.get(topic.name) ?? null);
    const common = { wanted: topic, ...(own !== undefined && { own }), partitions };
    if (partitions === undefined) return { ...common, steps: [], isUntold: false };
    if (partitions === null) return { ...common, steps: [{ kind: 'create' }], isUntold: false };
    const found = configs.get(topic.name);
    const differences = found === undefined ? [] : differencesOf(topic, found, own === undefined ? isSameSetting : isAsGood);
    const settings = differences.map((each) => ({ kind: 'set' as const, ...each }));
    const isUntold = found === undefined && hasSettings(topic);
    return { ...common, steps: [...partitionStep(topology, topic, own, partitions), ...settings], isUntold };
  });
}

function hasSettings({ config, wishes = {} }: NewTopic): boolean {
  return Object.keys(config).length + Object.keys(wishes).length > 0;
}

function ownTopics(topology: Topology): ReadonlyMap<string, OwnTopic> {
  return new Map<string, OwnTopic>([
    [deadLetterTopic(topology.app.id), 'dead letters'],
    ...passingTopics(topology).map((name) => [name, 'delayed messages'] as const),
    ...repartitionsOf(topology).map(({ topic }) => [topic.name, 'repartition'] as const),
    ...(topology.states ?? []).flatMap(({ changelogs }) => changelogs.map((name) => [name, 'changelog'] as const)),
  ]);
}
