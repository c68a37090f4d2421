import { agents } from '../decorators/index.js';
import { type AnyTableDefinition, isAnyTable, isDedupe, isJoin, isLookup, isSource, type Source, withParts } from '../definitions/index.js';
import { areOptions } from '../errors/index.js';
import type { Class } from '../metadata/index.js';

/** What the agents of a class read, as it is declared. What is no source is a fault by itself. */
export function sourcesRead(declaring: Class): Source[] {
  return agents
    .read(declaring)
    .map(({ value }) => value.source)
    .filter(isSource);
}

/** A source that stands on tables: those that it needs, and the sources whose events it looks up there, or keeps there. */
export interface JoinRead {
  readonly name: string;
  readonly tables: readonly AnyTableDefinition[];
  readonly sources: readonly Source[];
}

/** The joins that some sources are, and those without duplicates. */
export function joinsIn(sources: readonly Source[]): JoinRead[] {
  return withParts(sources).flatMap((part): JoinRead[] => {
    if (isJoin(part)) return [{ name: part.name, tables: [part], sources: [part.left, part.right] }];
    // What it is made from, or by, may be wrong: a fault of its own.
    if (isDedupe(part) && !(isSource(part.source) && areOptions(part.options))) return [];
    if (isDedupe(part)) return [{ name: part.name, tables: [part.memory], sources: [part.source] }];
    if (!isLookup(part)) return [];
    return [{ name: part.name, tables: withParts([part.table]).filter(isAnyTable), sources: [part.left] }];
  });
}
