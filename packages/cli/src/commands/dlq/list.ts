import { groupLetters } from '@weir/core/internal/letters';
import type { Runner, Surroundings } from '../../command.js';
import { done } from '../../failure.js';
import { type FilterArguments, filterOf } from './letter-filter.js';
import { withLetters } from './open-letters.js';
import { groupTable, letterTable, plainGroup, plainSummary } from './printing.js';

interface ListArguments extends FilterArguments {
  readonly all?: boolean;
  readonly ungrouped?: boolean;
}

/** `weir dlq list`: what was set aside, by what is wrong with it. */
export const list: Runner = {
  run: (given: ListArguments, around: Surroundings): Promise<number> =>
    withLetters(given, around, async (letters, connection) => {
      const { shell } = around;
      const found = await letters.list(filterOf(given, connection, shell), { all: given.all });
      const groups = given.ungrouped === true ? undefined : groupLetters(found);
      if (given.json) for (const row of groups?.map(plainGroup) ?? found.map(plainSummary)) shell.out.write(`${JSON.stringify(row)}\n`);
      else if (found.length === 0) shell.out.write('no dead letters\n');
      else shell.out.write(groups === undefined ? letterTable(shell.out, found) : groupTable(shell.out, groups));
      return done;
    }),
};
