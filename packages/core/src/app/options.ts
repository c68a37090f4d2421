import {
  type AppOptionName,
  type AppOptions,
  appOptionNames,
  appOptions,
  checkOption,
  readOption,
  standardCommitInterval,
  variableOf,
} from '../topology/index.js';

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

/** Every option with its value: what the class declares, over it the environment, over that what the caller says. @throws ConfigurationError */
export function resolveOptions(
  declared: AppOptions,
  environment: Readonly<Record<string, string | undefined>>,
  overrides: Partial<AppOptions> = {},
  hasTables = false,
): Resolved[] {
  const resolved = appOptionNames.map((option) => resolve(option, declared, environment, overrides));
  const isExact = resolved.some(({ option, value }) => option === 'guarantee' && value === 'exactly-once');
  const id = resolved.find(({ option }) => option === 'id')?.value;
  return resolved.map((each) => {
    if (each.origin !== 'default') return each;
    if (each.option === 'commitInterval') return { ...each, value: standardCommitInterval(isExact, hasTables) };
    return each.option === 'datadir' ? { ...each, value: `${id}-data` } : each;
  });
}

/** What overrides the declaration is checked here; discovery has checked the declaration. */
function resolve(
  option: AppOptionName,
  declared: AppOptions,
  environment: Readonly<Record<string, string | undefined>>,
  overrides: Partial<AppOptions>,
): Resolved {
  const variable = variableOf(option);
  const text = environment[variable];
  const checked = (value: unknown, as: string) => {
    checkOption(option, value, as);
    return value;
  };
  if (overrides[option] !== undefined) return { option, variable, value: checked(overrides[option], option), origin: 'command line' };
  if (text !== undefined && text !== '')
    return { option, variable, value: checked(readOption(option, text), variable), origin: 'environment' };
  if (declared[option] !== undefined) return { option, variable, value: declared[option], origin: '@App' };
  return { option, variable, value: appOptions[option].standard, origin: 'default' };
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
  return appOptionNames.map(variableOf);
}
