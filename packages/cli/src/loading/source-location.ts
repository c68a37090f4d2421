import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** Where a file cannot be parsed. */
export interface SourceLocation {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly message?: string;
}

const limitMs = 60_000;

/** Parses files, and runs none of them, until one is broken: only of an error that nobody catches Node tells the place. */
const parseAll = `
import { readFileSync } from 'node:fs';
import { SourceTextModule } from 'node:vm';
for (const identifier of process.argv.slice(1)) new SourceTextModule(readFileSync(identifier, 'utf8'), { identifier });`;

/** The first of some JavaScript modules that cannot be parsed, and where: the error of an import says neither. */
export function brokenModule(files: readonly string[]): SourceLocation | undefined {
  const flags = ['--experimental-vm-modules', '--no-warnings', '--input-type=module'];
  const { stderr } = spawnSync(process.execPath, [...flags, '-e', parseAll, ...files], { encoding: 'utf8', timeout: limitMs });
  const [, file, line, marked = ''] = /^(.+):(\d+)\n.*\n( *)\^/.exec(stderr ?? '') ?? [];
  return file === undefined ? undefined : { file, line: Number(line), column: marked.length + 1 };
}

/** Where a TypeScript file cannot be parsed, by the compiler of its project: the loader does not tell. Undefined where there is no compiler. */
export function brokenTypeScript(file: string): SourceLocation | undefined {
  let compiler: string;
  try {
    compiler = join(dirname(createRequire(file).resolve('typescript/package.json')), 'bin/tsc');
  } catch {
    return undefined;
  }
  const flags = ['--noEmit', '--noResolve', '--noCheck', '--skipLibCheck', '--noLib', '--pretty', 'false', '--ignoreConfig'];
  const parse = (given: readonly string[]) =>
    spawnSync(process.execPath, [compiler, ...given, file], { encoding: 'utf8', timeout: limitMs }).stdout ?? '';
  const found = (text: string) => /\((\d+),(\d+)\): error TS1\d{3}: (.+)/.exec(text);
  // Only the newer compilers know, and need, the last flag.
  const [, line, column, message] = found(parse(flags)) ?? found(parse(flags.slice(0, -1))) ?? [];
  return line === undefined ? undefined : { file, line: Number(line), column: Number(column), message };
}
