import type { Fault } from '../errors/index.js';

/** Definitions of one name. @param kind before the name @param why they need names of their own */
export function doubles(definitions: readonly { readonly name: string }[], kind: string, why: string): Fault[] {
  const repeated = definitions.filter(({ name }, index) => definitions.findIndex((each) => each.name === name) < index);
  return [...new Set(repeated.map(({ name }) => name))].map((name) => ({
    where: `${kind} '${name}'`,
    problem: `it is defined more than once, and ${why}`,
    remedy: 'Define it once and import it, or give one of them another name',
  }));
}
