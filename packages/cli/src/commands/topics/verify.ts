import type { Runner, Surroundings } from '../../command.js';
import { done, failed } from '../../failure.js';
import { type PlanningArguments, withPlan } from './open-plan.js';
import { differencesOf, unverified } from './printing.js';

/** `weir topics verify`: whether `apply` would do nothing. */
export const verify: Runner = {
  run: (given: PlanningArguments, around: Surroundings): Promise<number> =>
    withPlan(given, around, async ({ plan: { topics, problems } }) => {
      const { out } = around.shell;
      const lines = [...new Set([...topics.flatMap(differencesOf), ...problems, ...unverified(topics)])];
      if (given.json) out.write(`${JSON.stringify({ topics: topics.length, differences: lines })}\n`);
      else
        out.write(lines.length === 0 ? `${topics.length} topics are as the app needs them\n` : lines.map((line) => `${line}\n`).join(''));
      return lines.length === 0 ? done : failed;
    }),
};
