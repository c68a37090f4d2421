import type { Source } from './source.js';

type KeyOf<S> = S extends Source<infer K, unknown> ? K : never;
type ValueOf<S> = S extends Source<unknown, infer V> ? V : never;

/** Several sources as one; made by `merge`. */
export interface MergedDefinition<K = unknown, V = unknown> extends Source<K, V> {
  readonly kind: 'merged';
  readonly sources: readonly Source[];
}

/**
 * Several sources for one agent, each read by its own schemas. Nothing is said of the order between them; `event.topic` tells from where an event comes. A
 * merge of merges is one of all their sources.
 */
export function merge<const S extends readonly [Source, Source, ...Source[]]>(
  ...sources: S
): MergedDefinition<KeyOf<S[number]>, ValueOf<S[number]>> {
  const all = (sources as readonly Source[]).flatMap((each) => (isMerged(each) ? each.sources : [each]));
  return Object.freeze({ kind: 'merged' as const, name: all.map((each) => String(each?.name)).join(' + '), sources: Object.freeze(all) });
}

/** Whether a value was made by `merge`. */
export function isMerged(value: unknown): value is MergedDefinition {
  return typeof value === 'object' && value !== null && (value as MergedDefinition).kind === 'merged';
}
