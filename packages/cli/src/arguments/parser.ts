import type { Surroundings } from '../command.js';
import type { Parsed } from './parsed.js';
import { readPlainly } from './plain-parser.js';

/** What a command line asks for. yargs is loaded where it is more than a command that can be run at once: it takes a tenth of a worker's start. @throws UsageError */
export async function parseCommandLine(args: readonly string[], around: Surroundings): Promise<Parsed> {
  return readPlainly(args, around) ?? (await import('./yargs-parser.js')).parseWithYargs(args, around);
}
