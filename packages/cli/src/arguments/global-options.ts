import { ConfigurationError } from '@weir/core/internal/errors';
import type { Options } from 'yargs';

/** The levels of the log, most severe first. */
export const levels = ['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const;
export type Level = (typeof levels)[number];

/** What every command is given. */
export interface GlobalArguments {
  readonly app?: string;
  readonly broker?: string;
  readonly kafka?: readonly string[];
  readonly loglevel?: Level;
  readonly logfile?: string;
  readonly workdir?: string;
  readonly json?: boolean;
  readonly noColor?: boolean;
  readonly quiet?: boolean;
  readonly debug?: boolean;
}

const text = { type: 'string', requiresArg: true } as const;

/** Takes the app from the command line; left out where a file has been made a command by `main`. */
export const appOption: Readonly<Record<string, Options>> = {
  app: { ...text, alias: 'A', describe: 'The app: module[:Export], a file (TypeScript too) or a package [WEIR_APP]' },
};

/** The options of every command. */
export const globalOptions: Readonly<Record<string, Options>> = {
  broker: {
    ...text,
    alias: 'b',
    describe: 'kafka://host:port,host:port or memory:// [WEIR_BROKER]',
    defaultDescription: 'kafka://localhost:9092',
  },
  kafka: { ...text, array: true, describe: 'A property of librdkafka, name=value; may be repeated' },
  loglevel: {
    ...text,
    alias: 'l',
    choices: levels,
    defaultDescription: 'warn',
    describe: "What is logged; a worker says 'warn' and worse by itself [WEIR_LOGLEVEL]",
  },
  logfile: { ...text, alias: 'f', describe: 'Log to this file [WEIR_LOGFILE]', defaultDescription: 'standard error' },
  workdir: { ...text, alias: 'W', describe: 'Change to this directory first' },
  json: { type: 'boolean', describe: 'Results as JSON' },
  'no-color': { type: 'boolean', describe: 'No colours [NO_COLOR]' },
  quiet: { type: 'boolean', alias: 'q', describe: 'No banner, and only errors in the log' },
  debug: { type: 'boolean', describe: 'All stacks with errors, and a log of everything' },
};

type Environment = Readonly<Record<string, string | undefined>>;

/** An option of the command line, or else its variable; empty is nothing said. */
export function fromEnvironment(given: string | undefined, environment: Environment, variable: string): string | undefined {
  return given ?? (environment[variable] || undefined);
}

/** The level to log at. @throws ConfigurationError for a variable that names none */
export function levelOf(given: GlobalArguments, environment: Environment, standard: Level = 'warn'): Level {
  const { WEIR_LOGLEVEL: wanted } = environment;
  if (given.loglevel !== undefined) return given.loglevel;
  if (wanted === undefined || wanted === '') return given.debug ? 'debug' : given.quiet && standard === 'warn' ? 'error' : standard;
  if (!levels.includes(wanted as Level)) throw new ConfigurationError('WEIR_LOGLEVEL', wanted, `one of ${levels.join(', ')}`);
  return wanted as Level;
}

/** `--kafka name=value` as librdkafka's properties. */
export function kafkaProperties(given: GlobalArguments): Readonly<Record<string, string>> {
  return Object.fromEntries((given.kafka ?? []).map((pair) => nameAndValue('--kafka', pair)));
}

/** Splits `name=value`. @throws ConfigurationError */
export function nameAndValue(option: string, pair: string): [name: string, value: string] {
  const at = pair.indexOf('=');
  if (at < 1) throw new ConfigurationError(option, pair, 'name=value', { isHidden: option === '--kafka' });
  return [pair.slice(0, at), pair.slice(at + 1)];
}
