import { LetterError } from '@weir/core/internal/letters';
import type { Runner, Surroundings } from '../../command.js';
import { done } from '../../failure.js';
import { type FilterArguments, filterOf } from './letter-filter.js';
import { withLetters } from './open-letters.js';
import { letterText, plainLetter } from './printing.js';

interface ShowArguments extends FilterArguments {
  readonly all?: boolean;
}

/** `weir dlq show`: dead letters as a whole. */
export const show: Runner = {
  run: (given: ShowArguments, around: Surroundings): Promise<number> =>
    withLetters(given, around, async (letters, connection) => {
      const { out } = around.shell;
      const filter = filterOf(given, connection, around.shell);
      const missing = new Set(filter.ids);
      let count = 0;
      const print = given.json ? plainLetterLine : letterText;
      await letters.each(
        filter,
        (letter) => {
          if (!given.json && count > 0) out.write('\n');
          out.write(print(letter));
          missing.delete(letter.id);
          count++;
        },
        { all: given.all === true || filter.ids !== undefined },
      );
      if (missing.size > 0) throw new LetterError(`${letters.topic} has no dead letter ${[...missing].join(', ')}`, [...missing]);
      if (count === 0 && !given.json) out.write('no dead letters\n');
      return done;
    }),
};

function plainLetterLine(letter: Parameters<typeof plainLetter>[0]): string {
  return `${JSON.stringify(plainLetter(letter))}\n`;
}
