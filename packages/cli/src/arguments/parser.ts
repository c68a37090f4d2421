import type { Surroundings } from '../command.js';
import type { Parsed } from './parsed.js';
import { readPlainly } from './plain-parser.js';

/**
 * What a command line asks for. yargs takes a tenth of a worker's start: it is loaded for anything but a plain command.
 * @throws UsageError
 */
export async function parseCommandLine(args: readonly string[], around: Surroundings): Promise<Parsed> {
  return readPlainly(args, around) ?? (await import('./yargs-parser.js')).parseWithYargs(args, around);
}
