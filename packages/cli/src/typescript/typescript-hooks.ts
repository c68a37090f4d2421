import { createRequire, type LoadFnOutput, type LoadHook, type ResolveHook } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { TransformOptions } from 'oxc-transform';
import { compileTypeScript, compilingBy, helpersPackage } from './compile-typescript.js';
import { givenSources } from './given-sources.js';

/** Hooks of Node's loader, in front of those of `@oxc-node/core`: it finds the files and knows what they are, and lowers more than tsc does. Not the file is
 * compiled but what it was given, which other hooks may have changed: those that instrument, for instance. */
export interface HooksData {
  /** The tsconfig.json that holds for all files. */
  readonly tsconfig: string;
}

const fromHere = createRequire(import.meta.url);
let compiling: TransformOptions;

export function initialize({ tsconfig }: HooksData): void {
  compiling = compilingBy(tsconfig);
}

/** Helpers are found from here: the application need not have them. */
export const resolve: ResolveHook = (specifier, context, nextResolve) => {
  if (!specifier.startsWith(helpersPackage)) return nextResolve(specifier, context);
  return nextResolve(fromHere.resolve(specifier.replace(helpersPackage, '@oxc-node/core/')), context);
};

/** Its errors are those of the loader behind it, which has parsed the file already. */
export const load: LoadHook = (url, context, nextLoad) => {
  const loaded: LoadFnOutput | Promise<LoadFnOutput> = nextLoad(url, context);
  return loaded instanceof Promise ? loaded.then((each) => asWritten(url, each)) : asWritten(url, loaded);
};

function asWritten(url: string, loaded: LoadFnOutput): LoadFnOutput {
  const source = givenSources.get(url);
  givenSources.delete(url);
  if (loaded.format !== 'module' || source === undefined || !url.startsWith('file:')) return loaded;
  const path = fileURLToPath(url.replace(/[?#].*$/, ''));
  if (/\.m?js$/.test(path)) return { ...loaded, source };
  return /\.m?ts$/.test(path) ? { ...loaded, source: compileTypeScript(path, textOf(source), compiling) } : loaded;
}

function textOf(source: NonNullable<LoadFnOutput['source']>): string {
  return typeof source === 'string' ? source : new TextDecoder().decode(source);
}
