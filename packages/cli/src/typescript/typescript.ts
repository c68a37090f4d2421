import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import * as modules from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { HooksData } from './typescript-hooks.js';

/** Files that Node cannot run by itself. */
export function isTypeScript(path: string): boolean {
  return /\.[cm]?tsx?$/.test(path);
}

let prepared: Promise<void> | undefined;

/**
 * Lets this process import TypeScript. The nearest tsconfig.json of `file` holds, if there is one, with decorators as weir has them: without
 * `experimentalDecorators` they would not compile. One configuration for a process: the first file's.
 */
export function prepareTypeScript(file: string): Promise<void> {
  prepared ??= register(file);
  return prepared;
}

async function register(file: string): Promise<void> {
  const { setTsconfigPath } = await import('@oxc-node/core');
  const folder = mkdtempSync(join(tmpdir(), 'weir-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'tsconfig.json');
  writeFileSync(path, JSON.stringify({ extends: nearestConfig(dirname(file)), compilerOptions: { experimentalDecorators: true } }));
  setTsconfigPath(path);
  // As they lie in the sources, and from any folder of what is built: see scripts/setup/bundle.mjs.
  await hookIn('../typescript/given-sources.js');
  // Typed by nothing: importing it is what it does.
  const registration = '@oxc-node/core/register';
  await import(registration);
  await hookIn('../typescript/typescript-hooks.js', { tsconfig: path });
}

interface Hooks {
  readonly load: unknown;
  readonly resolve?: unknown;
  readonly initialize?: (data: HooksData) => void;
}

/** Of Node 22.15 and later. */
const { registerHooks } = modules as { registerHooks?: (hooks: Hooks) => void };

/**
 * Puts hooks in front of those that are there. The loader's run on a thread of their own or, with a Node whose hooks are complete without one, in this:
 * ours have to stand where they stand.
 */
async function hookIn(module: string, data?: HooksData): Promise<void> {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const isHere = major > 26 || (major === 26 && minor >= 2);
  if (registerHooks === undefined || !isHere) return modules.register(module, import.meta.url, { data });
  const hooks = (await import(module)) as Hooks;
  if (data !== undefined) hooks.initialize?.(data);
  registerHooks(hooks);
}

function nearestConfig(folder: string): string | undefined {
  const path = join(folder, 'tsconfig.json');
  if (existsSync(path)) return path;
  const parent = dirname(folder);
  return parent === folder ? undefined : nearestConfig(parent);
}
