import type { LetterFilter, Letters } from '@weir/core/internal/letters';
import { groupLetters } from '@weir/core/internal/letters';
import { agreed } from '../../agreed.js';
import { UsageError } from '../../arguments/usage.js';
import type { Runner, Surroundings } from '../../command.js';
import { done, failed } from '../../failure.js';
import type { Shell } from '../../shell.js';
import { type FilterArguments, filterOf } from './letter-filter.js';
import { withLetters } from './open-letters.js';
import { groupTable } from './printing.js';

interface DropArguments extends FilterArguments {
  readonly yes?: boolean;
}

/** `weir dlq drop`: what nobody will do anything about. */
export const drop: Runner = {
  run: (given: DropArguments, around: Surroundings): Promise<number> => {
    const { shell } = around;
    if (given.yes !== true && !shell.isInteractive) throw new UsageError('nobody can be asked here: say --yes to drop without being asked');
    return withLetters(given, around, async (letters, connection) => {
      const filter = filterOf(given, connection, shell);
      const agreed = given.yes === true ? filter : await ask(letters, filter, shell);
      if (agreed === 'no') return failed;
      const dropped = agreed === undefined ? 0 : await letters.drop(agreed);
      if (given.json) shell.out.write(`${JSON.stringify({ dropped })}\n`);
      else shell.out.write(dropped === 0 ? 'no dead letters to drop\n' : `dropped ${dropped}\n`);
      return done;
    });
  },
};

/** Exactly those that were shown are dropped, not what is set aside while somebody thinks. Undefined when there are none. */
async function ask(letters: Letters, filter: LetterFilter, shell: Shell): Promise<LetterFilter | 'no' | undefined> {
  const found = await letters.list(filter);
  if (found.length === 0) return filter.ids === undefined ? undefined : filter;
  shell.err.write(groupTable(shell.err, groupLetters(found)));
  if (await agreed(shell, `drop ${found.length === 1 ? 'this one' : `these ${found.length}`}?`)) return { ids: found.map(({ id }) => id) };
  shell.err.write('nothing was dropped\n');
  return 'no';
}
