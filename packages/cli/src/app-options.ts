import { ConfigurationError } from '@weir/core/errors';
import type { AppOptions } from '@weir/core/topology';
import type { Options } from 'yargs';
import { type GlobalArguments, kafkaProperties } from './global-options.js';

const group = "Options of the app (over the environment's WEIR_… and over @App):";
const duration = { type: 'string', requiresArg: true, group } as const;

/** What of an app's options the command line can say, beside the broker. */
export const appOptions: Readonly<Record<string, Options>> = {
  id: { type: 'string', requiresArg: true, group, describe: 'Name of the app and of its consumer group' },
  'app-version': { type: 'string', requiresArg: true, group, describe: 'Raised to read everything anew; part of the group from 2 on' },
  codec: { type: 'string', requiresArg: true, group, describe: 'How values of topics that do not say are written' },
  guarantee: { type: 'string', requiresArg: true, group, describe: 'at-least-once or exactly-once' },
  member: {
    type: 'string',
    requiresArg: true,
    group,
    describe: 'Stable name of this worker: it keeps its partitions over a quick restart',
  },
  datadir: { type: 'string', alias: 'D', requiresArg: true, group, describe: 'Folder for what the worker keeps on disk' },
  topics: { type: 'string', requiresArg: true, group, describe: 'Topics that are missing: create, verify or off' },
  'commit-interval': { ...duration, describe: 'How often finished offsets are committed' },
  'drain-timeout': { ...duration, describe: 'How long handlers may run on when partitions are handed over' },
  'shutdown-timeout': { ...duration, describe: 'How long an orderly stop may take' },
  'stall-timeout': { ...duration, describe: 'How long a partition with messages may make no progress' },
};

/** The arguments that these options make. */
export interface AppArguments extends GlobalArguments {
  readonly id?: string;
  readonly appVersion?: string;
  readonly codec?: string;
  readonly guarantee?: string;
  readonly member?: string;
  readonly datadir?: string;
  readonly topics?: string;
  readonly commitInterval?: string;
  readonly drainTimeout?: string;
  readonly shutdownTimeout?: string;
  readonly stallTimeout?: string;
}

/** What the command line says about the app. */
export function overridesOf(given: AppArguments): Partial<AppOptions> {
  const { id, broker, codec, guarantee, member, datadir, topics, commitInterval, drainTimeout, shutdownTimeout, stallTimeout } = given;
  const said = { id, broker, codec, guarantee, member, datadir, topics, commitInterval, drainTimeout, shutdownTimeout, stallTimeout };
  const version = given.appVersion === undefined ? {} : { version: wholeNumber(given.appVersion) };
  const kafka = given.kafka === undefined ? {} : { kafka: kafkaProperties(given) };
  // Checked as options, wherever they come from: here they are text.
  return { ...definedOf(said), ...version, ...kafka } as Partial<AppOptions>;
}

function wholeNumber(text: string): number {
  const version = Number(text);
  if (!Number.isInteger(version) || version < 1) throw new ConfigurationError('--app-version', text, 'a whole number from 1');
  return version;
}

function definedOf(said: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined));
}
