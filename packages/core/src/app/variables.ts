import { didYouMean } from '../errors/index.js';
import { optionVariables } from './options.js';

/** Variables that are no options of the app: of the command, of supervised workers, of the Kafka driver. */
const others = ['WEIR_APP', 'WEIR_LOGLEVEL', 'WEIR_LOGFILE', 'WEIR_WORKER', 'WEIR_FAST_PATH_ADDON'];

/** A sentence for each variable that looks as if it was meant for weir, and that nobody reads. Values are not told: one may be a secret. */
export function unreadVariables(environment: Readonly<Record<string, string | undefined>>): string[] {
  const known = [...optionVariables(), ...others];
  return Object.keys(environment)
    .filter((name) => /^WEIR_/i.test(name) && !known.includes(name))
    .map((name) => `nobody reads the variable ${name}${didYouMean(name, known) || '. `weir config` lists those of an app'}`);
}
