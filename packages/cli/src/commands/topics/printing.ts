import type { PlannedTopic, TopicPlan, TopicStep } from '@weir/core/internal/worker';

/** A number of partitions or replicas; − is that of the broker, or of the topics that this one follows. */
export function numberOf(count: number): string {
  return count === -1 ? '-' : String(count);
}

/** How many partitions a topic has, and is to have where that is another number. */
export function partitionsOf({ wanted, partitions }: PlannedTopic): string {
  if (typeof partitions !== 'number') return numberOf(wanted.partitions);
  return wanted.partitions === -1 || wanted.partitions === partitions ? String(partitions) : `${partitions} → ${wanted.partitions}`;
}

/** The settings that are wanted. */
export function settingsOf({ wanted: { config, wishes } }: PlannedTopic): string[] {
  return Object.entries({ ...config, ...wishes }).map(([name, value]) => `${name}=${value}`);
}

/** What is to be done about a topic. */
export function toDo({ steps }: PlannedTopic): string[] {
  return steps.map((step) => {
    if (step.kind === 'create') return 'create';
    if (step.kind === 'grow') return `add ${step.to - step.from} partitions`;
    return step.kind === 'set' ? `${step.setting}=${step.wanted} (is ${step.found ?? 'unknown to the broker'})` : 'cannot be changed';
  });
}

/** What was done about a topic, a line each. */
export function doneOf({ wanted, steps }: PlannedTopic): string[] {
  const { name, partitions } = wanted;
  return steps.map((step) => {
    if (step.kind === 'create') return `created ${name}${partitions === -1 ? '' : ` with ${partitions} partitions`}`;
    return `${name}: ${step.kind === 'grow' ? `${step.from} → ${step.to} partitions` : changeOf(step)}`;
  });
}

function changeOf(step: TopicStep): string {
  return step.kind === 'set' ? `${step.setting}: ${step.found ?? '-'} → ${step.wanted}` : step.kind;
}

/** How a topic differs from the plan, a line each. */
export function differencesOf({ wanted: { name, partitions }, steps }: PlannedTopic): string[] {
  return steps.map((step) => {
    if (step.kind === 'create') return `${name} is missing${partitions === -1 ? '' : ` (${partitions} partitions)`}`;
    if (step.kind === 'grow') return `${name} has ${step.from} partitions and needs ${step.to}`;
    if (step.kind === 'impossible') return step.problem;
    if (step.found === undefined) return `${name} needs ${step.setting}=${step.wanted}, which the broker does not know`;
    return `${name} has ${step.setting}=${step.found} and needs ${step.setting}=${step.wanted}`;
  });
}

/** What could not be compared. */
export function unverified(topics: readonly PlannedTopic[]): string[] {
  const names = topics.filter(({ isUntold }) => isUntold).map(({ wanted }) => wanted.name);
  if (names.length === 0) return [];
  return [
    `cannot verify the settings of ${names.join(', ')}: that needs DESCRIBE_CONFIGS on them, the native part of @weir/kafka, and a broker that has settings`,
  ];
}

/** How much there is to be done. */
export function summaryOf({ topics, problems }: TopicPlan): string {
  const created = topics.filter(({ steps }) => steps.some(({ kind }) => kind === 'create')).length;
  const changed = topics.filter(({ steps }) => steps.some(({ kind }) => kind === 'grow' || kind === 'set')).length;
  if (created + changed + problems.length === 0) return `nothing to do: ${topics.length} topics are as the app needs them`;
  const counts = [`${created} to create`, `${changed} to change`, ...(problems.length > 0 ? [`${problems.length} problems`] : [])];
  return counts.join(', ');
}
