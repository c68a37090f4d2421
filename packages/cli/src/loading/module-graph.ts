import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** The files of an app that import each other by relative names, each with what it imports. */
export type ModuleGraph = ReadonlyMap<string, readonly string[]>;

const importing =
  /(?:^|[;\s}])(?:import|export)\s(?!type\s)(?:[^'"`;]*?\sfrom\s*)?['"](\.{1,2}\/[^'"]+)['"]|^\s*import['"](\.{1,2}\/[^'"]+)['"]/gm;
/** TypeScript names the file that will be there when it is compiled. */
const sources: Readonly<Record<string, readonly string[]>> = { '.js': ['.ts', '.tsx'], '.mjs': ['.mts'], '.cjs': ['.cts'] };
const filesMax = 2_000;

/** Reads which files import each other, beginning with one. For explaining why they cannot be loaded: it looks for imports, and does not parse. */
export function readModuleGraph(entry: string): ModuleGraph {
  const graph = new Map<string, readonly string[]>();
  const waiting = [entry];
  for (let file = waiting.shift(); file !== undefined && graph.size < filesMax; file = waiting.shift()) {
    if (graph.has(file)) continue;
    const imported = importsOf(file);
    graph.set(file, imported);
    waiting.push(...imported);
  }
  return graph;
}

function importsOf(file: string): string[] {
  const found = [...readFileSync(file, 'utf8').matchAll(importing)].map(([, named, bare]) => named ?? bare ?? '');
  return [...new Set(found.map((specifier) => fileOf(resolve(dirname(file), specifier))).filter((path) => path !== undefined))];
}

function fileOf(path: string): string | undefined {
  const [ending = ''] = /\.[cm]?js$/.exec(path) ?? [];
  const stem = path.slice(0, path.length - ending.length);
  const candidates = [path, ...(sources[ending] ?? []).map((other) => stem + other), `${path}.ts`, `${path}.js`, `${path}/index.ts`];
  return candidates.find((each) => existsSync(each) && statSync(each).isFile());
}

/** The shortest way on which a file imports itself, from it to it. */
export function cycleOf(graph: ModuleGraph, file: string): readonly string[] | undefined {
  const before = new Map<string, string>();
  const waiting = [file];
  for (let at = waiting.shift(); at !== undefined; at = waiting.shift()) {
    for (const next of graph.get(at) ?? []) {
      if (next === file) return wayBack(before, file, at);
      if (before.has(next)) continue;
      before.set(next, at);
      waiting.push(next);
    }
  }
  return undefined;
}

function wayBack(before: ReadonlyMap<string, string>, file: string, last: string): string[] {
  const way = [file];
  for (let at: string | undefined = last; at !== undefined && at !== file; at = before.get(at)) way.unshift(at);
  return [file, ...way];
}
