import type { Fault } from '../errors/index.js';

/** Definitions of one name, which would all write one topic. @param kind before the name @param topic what that is to them */
export function doubles(definitions: readonly { readonly name: string }[], kind: string, topic: string): Fault[] {
  const repeated = definitions.filter(({ name }, index) => definitions.findIndex((each) => each.name === name) < index);
  return [...new Set(repeated.map(({ name }) => name))].map((name) => ({
    where: `${kind} '${name}'`,
    problem: `it is defined more than once, and all would write one ${topic}`,
    remedy: 'Define it once and import it, or give one of them another name',
  }));
}
