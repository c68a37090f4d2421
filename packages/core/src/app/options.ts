import { ConfigurationError } from '../errors/index.js';
import type { AppOptions } from '../topology/index.js';

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
  member: undefined,
} as const satisfies Partial<Record<keyof AppOptions, unknown>>;

/** Every option with its value: what the class declares, over it the environment, over that what the caller says. */
export function resolveOptions(
  declared: AppOptions,
  environment: Readonly<Record<string, string | undefined>>,
  overrides: Partial<AppOptions> = {},
): Resolved[] {
  return (Object.keys(defaults) as (keyof typeof defaults)[]).map((option) => {
    const variable = variableOf(option);
    const text = environment[variable];
    if (overrides[option] !== undefined) return { option, variable, value: overrides[option], origin: 'command line' };
    if (text !== undefined && text !== '') return { option, variable, value: parse(option, variable, text), origin: 'environment' };
    if (declared[option] !== undefined) return { option, variable, value: declared[option], origin: '@App' };
    return {
      option,
      variable,
      value: option === 'commitInterval' ? commitInterval(declared, overrides) : defaults[option],
      origin: 'default',
    };
  });
}

/** The options of an app after all overrides. What text cannot say (`errors`, `kafka`) is the declaration's with the caller's over it. */
export function mergeOptions(
  declared: AppOptions,
  environment: Readonly<Record<string, string | undefined>>,
  overrides: Partial<AppOptions> = {},
): AppOptions & { readonly broker: string } {
  const resolved = Object.fromEntries(resolveOptions(declared, environment, overrides).map(({ option, value }) => [option, value]));
  const kafka = { ...declared.kafka, ...overrides.kafka };
  return { ...declared, ...(resolved as unknown as AppOptions & { broker: string }), errors: overrides.errors ?? declared.errors, kafka };
}

/** `commitInterval` → `WEIR_COMMIT_INTERVAL`. */
function variableOf(option: string): string {
  return `WEIR_${option.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
}

function parse(option: string, variable: string, text: string): unknown {
  if (option !== 'version') return text;
  const version = Number(text);
  if (!Number.isInteger(version) || version < 1) throw new ConfigurationError(variable, text, 'a whole number from 1');
  return version;
}

function commitInterval(declared: AppOptions, overrides: Partial<AppOptions>): string {
  return (overrides.guarantee ?? declared.guarantee) === 'exactly-once' ? '100ms' : '1s';
}
