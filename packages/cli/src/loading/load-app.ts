import { apps } from '@weir/core/internal/decorators';
import type { Class } from '@weir/core/internal/metadata';
import { fromEnvironment, type GlobalArguments } from '../arguments/global-options.js';
import { UsageError } from '../arguments/usage.js';
import type { Surroundings } from '../command.js';
import { isTypeScript, prepareTypeScript } from '../typescript/typescript.js';
import { AppError } from './app-error.js';
import { type AppReference, resolveApp } from './app-reference.js';
import { importFailure } from './import-failure.js';
import { importQuietly } from './loading.js';

/** The app that the command line or `WEIR_APP` names, or that the command was made for. Undefined when none is named. */
export async function findApp(given: GlobalArguments, { appClass, shell }: Surroundings): Promise<Class | undefined> {
  if (appClass !== undefined) return appClass;
  const reference = fromEnvironment(given.app, shell.environment, 'WEIR_APP');
  return reference === undefined ? undefined : loadApp(resolveApp(reference));
}

/** @throws UsageError when no app is named */
export async function needApp(given: GlobalArguments, surroundings: Surroundings): Promise<Class> {
  const found = await findApp(given, surroundings);
  if (found !== undefined) return found;
  throw new UsageError('this command needs an app. Name it with -A module[:Export], such as -A src/app.ts, or in WEIR_APP');
}

/**
 * Imports the module of an app and picks its class.
 * @throws AppError
 */
export async function loadApp(reference: AppReference): Promise<Class> {
  if (isTypeScript(reference.path)) await prepareTypeScript(reference.path);
  const { exports, given } = await imported(reference);
  const found = new Map(Object.entries(exports).filter((entry): entry is [string, Class] => isApp(entry[1])));
  if (reference.exported !== undefined) return named(reference, reference.exported, exports);
  const candidates = new Set([...given, ...found.values()]);
  const [first] = candidates;
  if (first !== undefined && candidates.size === 1) return first;
  throw ambiguous(reference, [...found.keys()]);
}

async function imported(reference: AppReference): ReturnType<typeof importQuietly> {
  try {
    return await importQuietly(reference.url);
  } catch (cause) {
    throw importFailure(reference, cause);
  }
}

function named({ module }: AppReference, exported: string, exports: Readonly<Record<string, unknown>>): Class {
  const found = exports[exported];
  if (isApp(found)) return found;
  const known = Object.keys(exports).filter((name) => isApp(exports[name]));
  const remedy = known.length === 0 ? 'It exports no class with @App({ id: … })' : `Its apps: ${known.join(', ')}`;
  throw new AppError(
    `${module} ${exported in exports ? `exports ${exported}, which has no @App` : `does not export ${exported}`}. ${remedy}`,
  );
}

function ambiguous({ module }: AppReference, names: readonly string[]): AppError {
  if (names.length === 0) return new AppError(`${module} exports no app. Export the class that has @App({ id: … })`);
  return new AppError(`${module} exports ${names.length} apps. Choose one: ${names.map((name) => `-A ${module}:${name}`).join(', ')}`);
}

function isApp(value: unknown): value is Class {
  return typeof value === 'function' && apps.read(value as Class) !== undefined;
}
