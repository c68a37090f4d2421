import { codecOf, type Schema } from '../definitions/index.js';
import { ConfigurationError } from '../errors/index.js';
import { cacheBytesStandard } from '../tables/index.js';
import { type Duration, durationMs } from '../time/index.js';
import { type AppOptions, isAppId, type RecoveryOptions } from './topology.js';

/** An option that text can say, too. */
interface AppOption {
  /** The value where nobody gives one. */
  readonly standard: unknown;
  /** @param name what the user wrote it as @throws ConfigurationError */
  check?(value: unknown, name: string): void;
  /** What a text stands for. @default the text */
  read?(text: string): unknown;
  /** The variable that gives it. @default WEIR_ and its name */
  readonly variable?: string;
}

/** The options of an app that `@App`, the environment and the command line can give: what each is by default, and what it may be. */
export const appOptions = {
  id: { standard: undefined, check: checkedBy(isAppId, '1 to 200 of the characters a-z A-Z 0-9 . _ -') },
  broker: { standard: 'kafka://localhost:9092' },
  version: {
    standard: 1,
    check: checkedBy((given) => Number.isInteger(given) && Number(given) >= 1, 'a whole number from 1'),
    read: Number,
  },
  codec: { standard: 'json', check: (given) => void (typeof given === 'string' && codecOf(given as Schema)) },
  guarantee: { standard: 'at-least-once', check: oneOf('at-least-once', 'exactly-once') },
  topics: { standard: 'create', check: oneOf('create', 'verify', 'off') },
  // By the guarantee, and whether there are tables.
  commitInterval: { standard: undefined, check: durationMs },
  drainTimeout: { standard: '30s', check: durationMs },
  shutdownTimeout: { standard: '60s', check: durationMs },
  stallTimeout: { standard: '60s', check: durationMs },
  endBlocked: {
    standard: false,
    check: (given, name) => void (given !== false && durationMs(given as Duration, name)),
    read: (text) => (text === 'false' ? false : text),
  },
  member: {
    standard: undefined,
    check: checkedBy((given) => given === false || (typeof given === 'string' && given !== ''), 'a name, or false'),
  },
  // <id>-data
  datadir: { standard: undefined, check: checkedBy((given) => typeof given === 'string' && given !== '', 'the path of a folder') },
  store: {
    standard: 'memory://',
    check: checkedBy(
      (given) => typeof given === 'function' || given === 'memory://' || given === 'level://',
      "'memory://', 'level://' or a function that opens stores",
    ),
  },
  cacheBytes: { standard: cacheBytesStandard, check: checkedBy(isBytes, 'a number of bytes, 0 or more'), read: numberIn },
  recovery: {
    standard: undefined,
    check: bytesPerSecond,
    read: (text) => ({ bytesPerSecond: numberIn(text) }),
    variable: 'WEIR_RECOVERY_BYTES_PER_SECOND',
  },
  idleAfter: { standard: '1m', check: durationMs },
  ahead: { standard: '1h', check: durationMs },
} as const satisfies Readonly<Record<string, AppOption>> & Partial<Record<keyof AppOptions, AppOption>>;

export type AppOptionName = keyof typeof appOptions;

export const appOptionNames = Object.keys(appOptions) as readonly AppOptionName[];

/** `commitInterval` → `WEIR_COMMIT_INTERVAL`. Of an option with parts it is one of them that text can say. */
export function variableOf(name: AppOptionName): string {
  const { variable }: AppOption = appOptions[name];
  return variable ?? `WEIR_${name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
}

/** What a text gives as an option. */
export function readOption(name: AppOptionName, text: string): unknown {
  const { read }: AppOption = appOptions[name];
  return read === undefined ? text : read(text);
}

/** @param as what the user wrote the option as @throws ConfigurationError for a value that it cannot have */
export function checkOption(name: AppOptionName, value: unknown, as: string = name): void {
  const { check }: AppOption = appOptions[name];
  check?.(value, as);
}

/** With tables a commit writes more: one entry for each key that has changed, and a marker in each partition. */
export function standardCommitInterval(isExact: boolean, hasTables: boolean): Duration {
  if (!isExact) return '1s';
  return hasTables ? '250ms' : '100ms';
}

type Check = NonNullable<AppOption['check']>;

function checkedBy(isRight: (value: unknown) => boolean, expected: string): Check {
  return (value, name) => {
    if (!isRight(value)) throw new ConfigurationError(name, value, expected);
  };
}

function oneOf(...values: readonly string[]): Check {
  const quoted = values.map((value) => `'${value}'`);
  return checkedBy((value) => values.includes(value as string), `${quoted.slice(0, -1).join(', ')} or ${quoted.at(-1)}`);
}

function isBytes(given: unknown): boolean {
  return Number.isSafeInteger(given) && Number(given) >= 0;
}

/** What is no number is refused as it was given. */
function numberIn(text: string): unknown {
  return text.trim() === '' || Number.isNaN(Number(text)) ? text : Number(text);
}

function bytesPerSecond(value: unknown, name: string): void {
  const { bytesPerSecond: given = Number.POSITIVE_INFINITY } = value as RecoveryOptions;
  if (typeof given === 'number' && given >= 1) return;
  throw new ConfigurationError(name === 'recovery' ? 'recovery.bytesPerSecond' : name, given, 'a number of bytes of at least 1');
}
