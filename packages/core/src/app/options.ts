import { codecOf, type Schema } from '../definitions/index.js';
import { ConfigurationError } from '../errors/index.js';
import { type Duration, durationMs } from '../time/index.js';
import { type AppOptions, isAppId, type RecoveryOptions } from '../topology/index.js';
import { isStore, storeExpected } from './stores.js';

/** Where the value of an option comes from, weakest first. */
export type Origin = 'default' | '@App' | 'environment' | 'command line';

/** An option's value, and who said so. */
export interface Resolved {
  readonly option: keyof AppOptions;
  readonly value: unknown;
  readonly origin: Origin;
  /** The environment variable that overrides it. */
  readonly variable: string;
}

/** The options that text can override, with what they are without anybody saying. */
const defaults = {
  id: undefined,
  broker: 'kafka://localhost:9092',
  version: 1,
  codec: 'json',
  guarantee: 'at-least-once',
  topics: 'create',
  commitInterval: undefined,
  drainTimeout: '30s',
  shutdownTimeout: '60s',
  stallTimeout: '60s',
  endBlocked: false,
  member: undefined,
  datadir: undefined,
  store: 'memory://',
  recovery: undefined,
  idleAfter: '1m',
  ahead: '1h',
} as const satisfies Partial<Record<keyof AppOptions, unknown>>;

const durations = new Set<string>([
  'commitInterval',
  'drainTimeout',
  'shutdownTimeout',
  'stallTimeout',
  'endBlocked',
  'idleAfter',
  'ahead',
]);

/** Every option with its value: what the class declares, over it the environment, over that what the caller says. @throws ConfigurationError */
export function resolveOptions(
  declared: AppOptions,
  environment: Readonly<Record<string, string | undefined>>,
  overrides: Partial<AppOptions> = {},
  hasTables = false,
): Resolved[] {
  const resolved = (Object.keys(defaults) as (keyof typeof defaults)[]).map((option) => resolve(option, declared, environment, overrides));
  const isExact = resolved.some(({ option, value }) => option === 'guarantee' && value === 'exactly-once');
  const id = resolved.find(({ option }) => option === 'id')?.value;
  return resolved.map((each) => {
    if (each.origin !== 'default') return each;
    if (each.option === 'commitInterval') return { ...each, value: commitInterval(isExact, hasTables) };
    return each.option === 'datadir' ? { ...each, value: `${id}-data` } : each;
  });
}

/** With tables a commit writes more: one entry for each key that has changed, and a marker in each partition. */
function commitInterval(isExact: boolean, hasTables: boolean): Duration {
  if (!isExact) return '1s';
  return hasTables ? '250ms' : '100ms';
}

function resolve(
  option: keyof typeof defaults,
  declared: AppOptions,
  environment: Readonly<Record<string, string | undefined>>,
  overrides: Partial<AppOptions>,
): Resolved {
  const variable = variableOf(option);
  const text = environment[variable];
  if (overrides[option] !== undefined)
    return { option, variable, value: checked(option, option, overrides[option]), origin: 'command line' };
  if (text !== undefined && text !== '')
    return { option, variable, value: checked(option, variable, parse(option, text)), origin: 'environment' };
  if (declared[option] !== undefined) return { option, variable, value: declared[option], origin: '@App' };
  return { option, variable, value: defaults[option], origin: 'default' };
}

/** The options of an app after all overrides. What text cannot say (`errors`, `kafka`) is the declaration's with the caller's over it. */
export function mergeOptions(
  declared: AppOptions,
  environment: Readonly<Record<string, string | undefined>>,
  overrides: Partial<AppOptions> = {},
  hasTables = false,
): AppOptions & Required<Pick<AppOptions, 'broker' | 'datadir' | 'store'>> {
  const resolved = Object.fromEntries(
    resolveOptions(declared, environment, overrides, hasTables).map(({ option, value }) => [option, value]),
  );
  const kafka = { ...declared.kafka, ...overrides.kafka };
  return {
    ...declared,
    ...(resolved as unknown as AppOptions & Required<Pick<AppOptions, 'broker' | 'datadir' | 'store'>>),
    errors: overrides.errors ?? declared.errors,
    kafka,
  };
}

/** The variables that set options. */
export function optionVariables(): string[] {
  return Object.keys(defaults).map(variableOf);
}

/** `commitInterval` → `WEIR_COMMIT_INTERVAL`. Of an option with parts it is one of them that text can say. */
function variableOf(option: string): string {
  if (option === 'recovery') return 'WEIR_RECOVERY_BYTES_PER_SECOND';
  return `WEIR_${option.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
}

function parse(option: string, text: string): unknown {
  if (option === 'recovery') return { bytesPerSecond: Number(text) };
  return option === 'version' ? Number(text) : text;
}

/** A value that overrides the declaration, which discovery has checked. @param name what the user wrote it as */
function checked(option: keyof AppOptions, name: string, value: unknown): unknown {
  const wrong = (expected: string) => new ConfigurationError(name, value, expected);
  if (option === 'id' && !isAppId(value)) throw wrong('1 to 200 of the characters a-z A-Z 0-9 . _ -');
  if (option === 'version' && !(Number.isInteger(value) && Number(value) >= 1)) throw wrong('a whole number from 1');
  if (option === 'topics' && !['create', 'verify', 'off'].includes(String(value))) throw wrong("'create', 'verify' or 'off'");
  if (option === 'guarantee' && !['at-least-once', 'exactly-once'].includes(String(value)))
    throw wrong("'at-least-once' or 'exactly-once'");
  if (option === 'codec' && typeof value === 'string') codecOf(value as Schema);
  if (option === 'datadir' && (typeof value !== 'string' || value === '')) throw wrong('the path of a folder');
  if (option === 'store' && !isStore(value)) throw wrong(storeExpected);
  if (option === 'recovery' && !(Number((value as RecoveryOptions).bytesPerSecond ?? 1) >= 1))
    throw new ConfigurationError(name, (value as RecoveryOptions).bytesPerSecond, 'a number of bytes of at least 1');
  if (durations.has(option)) durationMs(value as Duration, name);
  return value;
}
