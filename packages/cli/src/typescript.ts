import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

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
  // Typed by nothing: importing it is what it does.
  const registration = '@oxc-node/core/register';
  await import(registration);
}

function nearestConfig(folder: string): string | undefined {
  const path = join(folder, 'tsconfig.json');
  if (existsSync(path)) return path;
  const parent = dirname(folder);
  return parent === folder ? undefined : nearestConfig(parent);
}
