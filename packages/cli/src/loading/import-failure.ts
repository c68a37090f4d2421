import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { reason } from '@weir/core/internal/errors';
import { AppLoadError } from './app-error.js';
import type { AppReference } from './app-reference.js';
import { cycleOf, readModuleGraph } from './module-graph.js';
import { brokenModule, brokenTypeScript, type SourceLocation } from './source-location.js';

/** Why the module of an app could not be imported, with what Node and the loader of TypeScript leave out. */
export function importFailure({ module, path }: AppReference, cause: unknown): AppLoadError {
  const name = cause instanceof Error && cause.name !== 'Error' ? `${cause.name}: ` : '';
  const text = reason(cause)
    .replace(/^Failed to transform file:\/\/\S+: /, '')
    .trimEnd();
  const more = attempt(() => placeOf(path, cause, text) ?? circleOf(path, cause) ?? standardDecorators(cause));
  return new AppLoadError(`cannot load ${module}: ${name}${text}${more ?? ''}`, { cause });
}

/** The explanation must not fail in place of what it explains. */
function attempt<T>(explain: () => T): T | undefined {
  try {
    return explain();
  } catch {
    return undefined;
  }
}

function placeOf(entry: string, cause: unknown, text: string): string | undefined {
  const [, unparsed] = /^Failed to parse (\S+?):(?=\s)/.exec(text) ?? [];
  if (unparsed !== undefined) {
    const file = unparsed.startsWith('file:') ? fileURLToPath(unparsed) : unparsed;
    return shown(brokenTypeScript(file) ?? (isTypeScript(file) ? undefined : brokenModule([file])));
  }
  if (!(cause instanceof SyntaxError)) return undefined;
  // Where a name is missing, Node tells in the first line of the stack.
  const [, file, line, marked] = /^(?:file:\/\/)?(\S+):(\d+)\n.*\n( *)\^/.exec(cause.stack ?? '') ?? [];
  if (file !== undefined) return shown({ file: decodeURI(file), line: Number(line), column: (marked ?? '').length + 1 });
  return shown(brokenModule([...readModuleGraph(entry).keys()].filter((each) => /\.m?js$/.test(each))));
}

function isTypeScript(file: string): boolean {
  return /tsx?$/.test(file);
}

function shown(place: SourceLocation | undefined): string | undefined {
  if (place === undefined) return undefined;
  const { file, line, column, message } = place;
  return `\n    at ${file}:${line}:${column}${message === undefined ? '' : ` (${message})`}`;
}

/** What is used before it is there has mostly been imported in a circle. */
function circleOf(entry: string, cause: unknown): string | undefined {
  if (!(cause instanceof Error) || !/before initialization|Class extends value undefined/.test(cause.message)) return undefined;
  const graph = readModuleGraph(entry);
  const user = [...graph.keys()].find((file) => firstFrame(cause).includes(file));
  const cycle = user === undefined ? undefined : cycleOf(graph, user);
  if (cycle === undefined) return undefined;
  const names = cycle.map((file) => relative(process.cwd(), file)).join(' → ');
  return `. It is imported in a circle: ${names}. Move what several of them need into a module that imports none of them`;
}

function firstFrame({ stack = '' }: Error): string {
  return decodeURI(stack.split('\n').find((line) => /^\s+at /.test(line)) ?? '');
}

/** The decorators of a record are those of class-validator, which says nothing when it is called as the standard has it. */
function standardDecorators(cause: unknown): string | undefined {
  const isOfValidator = cause instanceof TypeError && /class-(validator|transformer)/.test(cause.stack ?? '');
  if (!isOfValidator || !/undefined \(reading 'constructor'\)/.test(cause.message)) return undefined;
  return '. A decorator was called as a standard (TC39) one: compile with "experimentalDecorators": true in tsconfig.json';
}
