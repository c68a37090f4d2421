import { ConfigurationError } from '@weir/core/internal/errors';
import type { AppOptions } from '@weir/core/internal/topology';
import type { Options } from 'yargs';
import { type GlobalArguments, kafkaProperties } from './global-options.js';

const group = "Options of the app (over the environment's WEIR_… and over @App):";
const duration = { type: 'string', requiresArg: true, group } as const;

/** What of an app's options the command line can say, beside the broker. */
export const appOptions: Readonly<Record<string, Options>> = {
  id: { type: 'string', requiresArg: true, group, describe: 'Name of the app and of its consumer group' },
  'app-version': {
    type: 'string',
    requiresArg: true,
    group,
    describe: 'Raised to read everything anew; part of the group from 2 on',
    defaultDescription: '1',
  },
  codec: {
    type: 'string',
    requiresArg: true,
    group,
    describe: 'How values of topics that do not say are written',
    defaultDescription: 'json',
  },
  guarantee: {
    ...{ type: 'string', requiresArg: true, group, defaultDescription: 'at-least-once' },
    choices: ['at-least-once', 'exactly-once'],
    describe: 'What is promised about every event',
  },
  member: {
    type: 'string',
    requiresArg: true,
    group,
    describe: 'Stable name of this worker: it keeps its partitions over a quick restart',
    defaultDescription: 'one of its own',
  },
  datadir: {
    type: 'string',
    alias: 'D',
    requiresArg: true,
    group,
    describe: 'Folder for what the worker keeps on disk',
    defaultDescription: '<id>-data',
  },
  store: {
    ...{ type: 'string', requiresArg: true, group, defaultDescription: 'memory://' },
    choices: ['memory://', 'level://'],
    describe: 'Where tables are kept beside their changelogs',
  },
  topics: {
    ...{ type: 'string', requiresArg: true, group, defaultDescription: 'create' },
    choices: ['create', 'verify', 'off'],
    describe: 'What is done about topics that are missing',
  },
  'commit-interval': {
    ...duration,
    describe: 'How often finished offsets are committed',
    defaultDescription: '1s; 100ms with exactly-once',
  },
  'drain-timeout': { ...duration, describe: 'How long handlers may run on when partitions are handed over', defaultDescription: '30s' },
  'shutdown-timeout': { ...duration, describe: 'How long an orderly stop may take', defaultDescription: '60s' },
  'stall-timeout': { ...duration, describe: 'How long a partition with messages may make no progress', defaultDescription: '60s' },
  'cache-bytes': {
    ...{ type: 'string', requiresArg: true, group, defaultDescription: '33554432' },
    describe: 'How much memory entries of tables in a store may take, about',
  },
  'recovery-bytes-per-second': {
    ...{ type: 'string', requiresArg: true, group, defaultDescription: 'no limit' },
    describe: 'How many bytes of changelogs a worker reads in a second when it recovers tables',
  },
  'idle-after': { ...duration, describe: 'After how long a topic without messages holds no windows open', defaultDescription: '1m' },
  ahead: { ...duration, describe: 'How much later than now an event may be where windows go by its time', defaultDescription: '1h' },
  'end-blocked': {
    ...duration,
    describe: 'After how long a handler that keeps the thread has the process ended',
    defaultDescription: 'false',
  },
};

/** The arguments that these options make. */
export interface AppArguments extends GlobalArguments {
  readonly id?: string;
  readonly appVersion?: string;
  readonly codec?: string;
  readonly guarantee?: string;
  readonly member?: string;
  readonly datadir?: string;
  readonly store?: string;
  readonly topics?: string;
  readonly commitInterval?: string;
  readonly drainTimeout?: string;
  readonly shutdownTimeout?: string;
  readonly stallTimeout?: string;
  readonly endBlocked?: string;
  readonly idleAfter?: string;
  readonly ahead?: string;
  readonly cacheBytes?: string;
  readonly recoveryBytesPerSecond?: string;
}

/** What the command line says about the app. */
export function overridesOf(given: AppArguments): Partial<AppOptions> {
  const { id, broker, codec, guarantee, member, datadir, store, topics } = given;
  const { commitInterval, drainTimeout, shutdownTimeout, stallTimeout, endBlocked, idleAfter, ahead } = given;
  const said = {
    id,
    broker,
    codec,
    guarantee,
    member,
    datadir,
    store,
    topics,
    commitInterval,
    drainTimeout,
    shutdownTimeout,
    stallTimeout,
    endBlocked,
    idleAfter,
    ahead,
  };
  const version = versionOf(given);
  const cache = given.cacheBytes === undefined ? {} : { cacheBytes: numberIn(given.cacheBytes) };
  const recovery =
    given.recoveryBytesPerSecond === undefined ? {} : { recovery: { bytesPerSecond: numberIn(given.recoveryBytesPerSecond) } };
  const kafka = given.kafka === undefined ? {} : { kafka: kafkaProperties(given) };
  // Checked as options, wherever they come from: here they are text.
  return { ...definedOf(said), ...version, ...cache, ...recovery, ...kafka } as Partial<AppOptions>;
}

/** What is no number is refused as it was given. */
function numberIn(text: string): number | string {
  return text.trim() === '' || Number.isNaN(Number(text)) ? text : Number(text);
}

/** What `--app-version` says, if anything. @throws ConfigurationError */
export function versionOf({ appVersion }: Pick<AppArguments, 'appVersion'>): Pick<AppOptions, 'version'> {
  if (appVersion === undefined) return {};
  const version = Number(appVersion);
  if (!Number.isInteger(version) || version < 1) throw new ConfigurationError('--app-version', appVersion, 'a whole number from 1');
  return { version };
}

function definedOf(said: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined));
}
