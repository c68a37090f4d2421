import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';

/** Lowest first: a room imports only rooms before it. */
const rooms =
  'positions errors time observers metadata codecs records transport definitions topics windows streams agents attempts letters lanes checkpoints stores recovery tables snapshots partitions supervision topology tasks datadir poison worker decorators discovery delayed app'.split(
    ' ',
  );

const src = dirname(fileURLToPath(import.meta.url));
const packages = join(src, '../..');

function sources(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) return name === 'node_modules' || name === 'dist' ? [] : sources(path);
    return /\.ts$/.test(name) && !/\.(spec|contract|fixture|type-spec)\.ts$/.test(name) ? [path] : [];
  });
}

/** What a file imports, type imports included. */
function imports(path: string): string[] {
  return [...readFileSync(path, 'utf8').matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map(([, target]) => target);
}

const roomOf = (path: string) => relative(src, path).split('/')[0];

describe('the house', () => {
  const files = sources(src).filter((path) => relative(src, path).includes('/'));

  it('has just the rooms of the list', () => {
    expect([...new Set(files.map(roomOf))].sort()).toEqual([...rooms].sort());
  });

  it('lets a room import only rooms before it', () => {
    const upward = files.flatMap((path) =>
      imports(path)
        .filter((target) => target.startsWith('.'))
        .map((target) => roomOf(join(dirname(path), target)))
        .filter((room) => rooms.indexOf(room) > rooms.indexOf(roomOf(path)) || !rooms.includes(room))
        .map((room) => `${relative(src, path)} imports ${room}`),
    );
    expect(upward).toEqual([]);
  });

  it('lets a room into another only by its index', () => {
    const byTheWindow = files.flatMap((path) =>
      imports(path)
        .filter((target) => target.startsWith('.'))
        .map((target) => relative(src, join(dirname(path), target)))
        .filter((target) => target.split('/')[0] !== roomOf(path) && !/^[a-z]+\/index\.js$/.test(target))
        .map((target) => `${relative(src, path)} imports ${target}`),
    );
    expect(byTheWindow).toEqual([]);
  });

  it('lets no files of a room import each other in a circle, type imports included', () => {
    const targets = (path: string) =>
      imports(path)
        .filter((target) => target.startsWith('.'))
        .map((target) => join(dirname(path), target).replace(/\.js$/, '.ts'));
    const graph = new Map(sources(src).map((path) => [path, targets(path)]));
    const done = new Set<string>();
    const circles: string[] = [];
    const visit = (path: string, way: readonly string[]): void => {
      if (way.includes(path)) circles.push([...way.slice(way.indexOf(path)), path].map((each) => relative(src, each)).join(' → '));
      else if (!done.has(path)) for (const next of graph.get(path) ?? []) visit(next, [...way, path]);
      done.add(path);
    };
    for (const path of graph.keys()) visit(path, []);
    expect(circles).toEqual([]);
  });

  it('has at most sixteen source files directly in a folder', () => {
    const counts = new Map<string, number>();
    for (const path of sources(packages).filter((each) => basename(each) !== 'index.ts')) {
      const folder = relative(packages, dirname(path));
      counts.set(folder, (counts.get(folder) ?? 0) + 1);
    }
    expect([...counts].filter(([, count]) => count > 16)).toEqual([]);
  });

  it('keeps decorators and discovery out of the worker, so that a topology runs without reflection', () => {
    const reflecting = ['decorators', 'discovery', 'app'];
    const below = files.filter((path) => rooms.indexOf(roomOf(path)) <= rooms.indexOf('worker'));
    expect(below.flatMap(imports).filter((target) => reflecting.some((room) => target.includes(`/${room}/`)))).toEqual([]);
  });

  it('is open to apps by one door: what else core exports says that it is internal', () => {
    const { exports } = JSON.parse(readFileSync(join(packages, 'core/package.json'), 'utf8'));
    expect(Object.keys(exports)).toEqual(['.', './package.json', './internal/*']);
    const apps = sources(join(packages, '../apps'));
    expect(apps.flatMap(imports).filter((target) => target.startsWith('@weir/core/'))).toEqual([]);
    expect(apps.length).toBeGreaterThan(10);
  });

  it.each([
    ['@confluentinc/kafka-javascript', ['kafka']],
    ['classic-level', ['level']],
    ['yargs', ['cli']],
    ['class-transformer', ['core']],
  ])('lets %s be imported only by %s', (dependency, owners) => {
    const importers = sources(packages).filter((path) => imports(path).some((target) => target.startsWith(dependency)));
    expect([...new Set(importers.map((path) => relative(packages, path).split('/')[0]))].filter((each) => !owners.includes(each))).toEqual(
      [],
    );
  });
});
