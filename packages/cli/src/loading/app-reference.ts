import { existsSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { AppError } from './app-error.js';

/** What `--app` names. */
export interface AppReference {
  /** As it was given, without the export. */
  readonly module: string;
  /** The file to import. */
  readonly path: string;
  readonly url: string;
  readonly exported: string | undefined;
}

const endings = ['', '.ts', '.mts', '.tsx', '.js', '.mjs', '.cjs', '/index.ts', '/index.js'];

/**
 * Finds the module of `module[:Export]`: a file, its ending may be left out, or a package that is installed here.
 * @throws AppError
 */
export function resolveApp(reference: string, folder: string = process.cwd()): AppReference {
  const [, module = reference, exported] = /^(.+?)(?::([A-Za-z_$][\w$]*))?$/s.exec(reference) ?? [];
  const path = fileOf(module, folder) ?? packageOf(module, folder);
  if (path === undefined) {
    throw new AppError(`there is no file and no package ${module}, seen from ${folder}. Correct -A, or change the directory with -W`);
  }
  return { module, path, url: pathToFileURL(path).href, exported };
}

function fileOf(module: string, folder: string): string | undefined {
  return endings.map((ending) => resolve(folder, `${module}${ending}`)).find((path) => existsSync(path) && statSync(path).isFile());
}

function packageOf(module: string, folder: string): string | undefined {
  if (/^[./]/.test(module)) return undefined;
  try {
    return createRequire(resolve(folder, 'package.json')).resolve(module);
  } catch {
    return undefined;
  }
}
