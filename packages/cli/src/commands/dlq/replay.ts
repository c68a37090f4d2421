import { ConfigurationError } from '@weir/core/internal/errors';
import type { Letters, ReplayOptions, ReplayProgress } from '@weir/core/internal/letters';
import type { Runner, Surroundings } from '../../command.js';
import { done, failed } from '../../failure.js';
import type { Shell } from '../../shell.js';
import { type FilterArguments, filterOf } from './letter-filter.js';
import { withLetters } from './open-letters.js';
import { letterTable, plainSummary } from './printing.js';

interface ReplayArguments extends FilterArguments {
  readonly rate: string;
  readonly dryRun?: boolean;
}

/** `weir dlq replay`: back to the agents that failed. */
export const replay: Runner = {
  run: (given: ReplayArguments, around: Surroundings): Promise<number> => {
    const rate = rateOf(given.rate);
    return withLetters(given, around, (letters, connection) => {
      const filter = filterOf(given, connection, around.shell);
      return given.dryRun === true ? preview(letters, filter, given, around.shell) : run(letters, filter, rate, given, around.shell);
    });
  },
};

type Filter = Parameters<Letters['replay']>[0];

async function preview(letters: Letters, filter: Filter, { json }: ReplayArguments, { out }: Shell): Promise<number> {
  const found = await letters.list(filter);
  if (json) for (const letter of found) out.write(`${JSON.stringify(plainSummary(letter))}\n`);
  else out.write(found.length === 0 ? 'no dead letters\n' : `${letterTable(out, found)}${found.length} to be replayed\n`);
  return done;
}

async function run(letters: Letters, filter: Filter, rate: number, given: ReplayArguments, shell: Shell): Promise<number> {
  const { signal, end } = stoppable(shell);
  const options: ReplayOptions = { rate, signal, onProgress: progressTo(shell, given) };
  try {
    const { replayed, total, settled } = await letters.replay(filter, options);
    for (const { id, outcome } of settled) shell.err.write(`${id} was ${outcome} already\n`);
    if (given.json) shell.out.write(`${JSON.stringify({ replayed, total })}\n`);
    else shell.out.write(total === 0 ? 'no dead letters to replay\n' : `replayed ${replayed} of ${total}\n`);
    if (replayed < total) shell.err.write('stopped; the others wait as before\n');
    return replayed < total ? failed : done;
  } finally {
    end();
  }
}

/** The first signal ends the replay in order, the second the process. */
function stoppable({ interrupts, exit, err }: Shell): { readonly signal: AbortSignal; end(): void } {
  const controller = new AbortController();
  const end = interrupts.listen(() => {
    if (controller.signal.aborted) return exit(failed);
    // The progress stands in the line.
    err.write(`${err.isTerminal ? '\n' : ''}stopping after what is being written; once more ends it at once\n`);
    controller.abort();
  });
  return { signal: controller.signal, end };
}

function progressTo({ err }: Shell, { quiet }: ReplayArguments): ((progress: ReplayProgress) => void) | undefined {
  if (!err.isTerminal || quiet === true) return undefined;
  return ({ replayed, total }) => err.write(`\r${replayed} of ${total}${replayed === total ? '\n' : ''}`);
}

function rateOf(text: string): number {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text);
  throw new ConfigurationError('--rate', text, 'messages a second; 0 is no limit');
}
