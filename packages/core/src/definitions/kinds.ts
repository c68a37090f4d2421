import type { Fault } from '../errors/index.js';
import type { Schema } from './schema.js';
import type { Problem } from './schema-faults.js';
import type { TableDefinition } from './table.js';
import { tableFaults } from './table-faults.js';
import { isWritable, ONE_NAME, type TopicDefinition, topicFaults } from './topic.js';

/** A definition of any kind. */
export type Definition = TopicDefinition | TableDefinition;

/** What is asked of a definition without knowing what it defines. */
interface Kind<D> {
  /** @param app the id of the app */
  faults(definition: D, app: string): Fault[];
  /** Why it cannot be injected. */
  injection(definition: D): Problem[];
}

/** One entry for each kind. How the container gives it stands in `app/container.ts`, what is given for it in `decorators/inject.ts`. */
const kinds: { readonly [K in Definition['kind']]: Kind<Extract<Definition, { readonly kind: K }>> } = {
  topic: {
    faults: topicFaults,
    injection: (topic) => (isWritable(topic) ? [] : [{ problem: `it injects ${topic.name}, which can only be read`, remedy: ONE_NAME }]),
  },
  table: { faults: tableFaults, injection: () => [] },
};

/** Whether a value is a definition, of whichever kind. */
export function isDefinition(value: unknown): value is Definition {
  return typeof value === 'object' && value !== null && Object.hasOwn(kinds, String((value as Definition).kind));
}

/** Everything wrong with a definition. @param app the id of the app */
export function definitionFaults(definition: Definition, app: string): Fault[] {
  return (kinds[definition.kind] as Kind<Definition>).faults(definition, app);
}

/** Why a definition cannot be injected. */
export function injectionProblems(definition: Definition): Problem[] {
  return (kinds[definition.kind] as Kind<Definition>).injection(definition);
}

/** The schemas that a definition names. */
export function schemasOf({ options }: Definition): Schema[] {
  return [options.key, options.value].filter((schema) => schema !== undefined);
}
