import { groupOf } from '@weir/core/internal/topology';
import type { PlannedTopic, Right } from '@weir/core/internal/worker';
import type { Runner, Surroundings } from '../../command.js';
import { done } from '../../failure.js';
import { table } from '../../printing/table.js';
import type { Output } from '../../shell.js';
import { type Planned, type PlanningArguments, planOffline, withPlan } from './open-plan.js';
import { numberOf, partitionsOf, settingsOf, summaryOf, toDo, unverified } from './printing.js';

interface PlanArguments extends PlanningArguments {
  readonly offline?: boolean;
}

/** `weir topics plan`: what `apply` would do, and what it takes to run the app. */
export const plan: Runner = {
  async run(given: PlanArguments, around: Surroundings): Promise<number> {
    const { out } = around.shell;
    const show = async (planned: Planned): Promise<number> => {
      if (given.json) out.write(`${JSON.stringify(plainPlan(planned))}\n`);
      else print(out, planned, given.offline === true);
      return done;
    };
    return given.offline === true ? show(await planOffline(given, around)) : withPlan(given, around, show);
  },
};

function print(out: Output, { plan, rights }: Planned, isOffline: boolean): void {
  const { topics, problems } = plan;
  const uses = usesOf(rights);
  const rows = topics.map((each) => [
    each.wanted.name,
    useOf(each, uses),
    isOffline ? numberOf(each.wanted.partitions) : partitionsOf(each),
    numberOf(each.wanted.replicas),
    settingsOf(each).join('\n') || '-',
    ...(isOffline ? [] : [toDo(each).join('\n') || '-']),
  ]);
  out.write(table(out, ['topic', 'use', 'partitions', 'replicas', 'settings', ...(isOffline ? [] : ['to do'])], rows));
  const granted = rights.map(({ resource, name, pattern, operations }) => [resource, named(name, pattern), operations.join(' ')]);
  out.write(`the principal of the app needs\n${table(out, ['resource', 'name', 'operations'], granted)}`);
  for (const problem of problems) out.write(`cannot be changed: ${problem}\n`);
  for (const line of unverified(topics)) out.write(`${line}\n`);
  if (!isOffline) out.write(`${summaryOf(plan)}\n`);
}

function named(name: string, pattern: Right['pattern']): string {
  if (pattern === 'prefixed') return `${name}* (prefixed)`;
  return pattern === 'regexp' ? `${name} (every match)` : name;
}

/** What the app does with each topic, by name. */
function usesOf(rights: readonly Right[]): ReadonlyMap<string, string> {
  const words = { READ: 'read', WRITE: 'written' } as const;
  return new Map(
    rights
      .filter(({ resource }) => resource === 'topic')
      .map(({ name, operations }) => [
        name,
        operations.flatMap((each) => (each === 'READ' || each === 'WRITE' ? [words[each]] : [])).join(', '),
      ]),
  );
}

/** One that is only named, as by `like`, is asked for its partitions. */
function useOf({ own, wanted }: PlannedTopic, uses: ReadonlyMap<string, string>): string {
  return own ?? (uses.get(wanted.name) || 'described');
}

function plainPlan({ topologies: [{ app }], plan: { topics, problems }, rights }: Planned): object {
  const uses = usesOf(rights);
  return {
    app: app.id,
    group: groupOf(app),
    topics: topics.map((each) => ({
      topic: each.wanted.name,
      use: useOf(each, uses),
      partitions: each.wanted.partitions === -1 ? null : each.wanted.partitions,
      replicas: each.wanted.replicas === -1 ? null : each.wanted.replicas,
      settings: { ...each.wanted.config, ...each.wanted.wishes },
      ...(each.partitions !== undefined && { found: each.partitions, steps: each.steps, unverified: each.isUntold }),
    })),
    rights,
    problems,
  };
}
