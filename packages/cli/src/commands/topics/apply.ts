import { applyTopics, mustBePossible, type PlannedTopic } from '@weir/core/internal/worker';
import { agreed } from '../../agreed.js';
import { UsageError } from '../../arguments/usage.js';
import type { Runner, Surroundings } from '../../command.js';
import { done, failed } from '../../failure.js';
import { table } from '../../printing/table.js';
import type { Shell } from '../../shell.js';
import { type PlanningArguments, withPlan } from './open-plan.js';
import { doneOf, partitionsOf, summaryOf, toDo, unverified } from './printing.js';

interface ApplyArguments extends PlanningArguments {
  readonly yes?: boolean;
}

/** `weir topics apply`: has the cluster be as the plan says. */
export const apply: Runner = {
  async run(given: ApplyArguments, around: Surroundings): Promise<number> {
    const { shell } = around;
    if (given.yes !== true && !shell.isInteractive)
      throw new UsageError(
        'nobody can be asked here: say --yes to apply without being asked, or see what would be done with `topics plan`',
      );
    return withPlan(given, around, async ({ topologies, plan }, admin) => {
      mustBePossible(plan.problems);
      for (const line of unverified(plan.topics)) shell.err.write(`warning: ${line}\n`);
      const changing = plan.topics.filter(({ steps }) => steps.length > 0);
      if (changing.length > 0 && given.yes !== true && !(await ask(shell, changing))) return failed;
      const applied: PlannedTopic[] = [];
      if (changing.length > 0) for (const topology of topologies) applied.push(...(await applyTopics(topology, admin)));
      if (given.json)
        shell.out.write(`${JSON.stringify({ applied: applied.map(({ wanted, steps }) => ({ topic: wanted.name, steps })) })}\n`);
      else if (applied.length === 0) shell.out.write(`${summaryOf(plan)}\n`);
      else shell.out.write(applied.flatMap((each) => doneOf(each).map((line) => `${line}\n`)).join(''));
      return done;
    });
  },
};

async function ask(shell: Shell, changing: readonly PlannedTopic[]): Promise<boolean> {
  const { err } = shell;
  const rows = changing.map((each) => [each.wanted.name, partitionsOf(each), toDo(each).join('\n')]);
  err.write(`${table(err, ['topic', 'partitions', 'to do'], rows)}`);
  if (await agreed(shell, 'do this?')) return true;
  err.write('nothing was changed\n');
  return false;
}
