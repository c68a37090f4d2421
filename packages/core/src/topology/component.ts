import type { Fault } from '../errors/index.js';
import { MemberSlot } from '../metadata/index.js';
import type { BoundComponent, ComponentSurroundings, RunningComponent } from './topology.js';

/**
 * A kind of member that classes may have, beside agents and hooks: what its decorator declares, and what runs of it. A package adds one by a decorator that calls
 * `declareMember`; timers are one.
 * @typeParam D what the decorator declares of a member
 */
export interface Component<D = unknown> {
  /** What a member is called in messages and lists: `timer`. */
  readonly kind: string;
  /** `@Timer`. */
  readonly decorator: string;
  /** Everything wrong with a declaration, each with its remedy. @param member the name of the method */
  faults?(declared: D, member: string): readonly Pick<Fault, 'problem' | 'remedy'>[];
  /** Whether what a declaration says needs a leader: an app without one is a fault. */
  needsLeader?(declared: D): boolean;
  /** A declaration in few words, for lists: `every 5s`. Called of sound ones only. */
  describe?(declared: D): string;
  /** Called once for each worker that has such members, with all of them. Nothing runs before `start`. */
  open(members: readonly ComponentMember<D>[], around: ComponentSurroundings): RunningComponent;
}

/** A member of an instance. */
export interface ComponentMember<D = unknown> {
  /** `Class.method`. */
  readonly name: string;
  readonly declared: D;
  /** Calls it. What it throws is the component's to handle. */
  readonly run: (...given: readonly unknown[]) => unknown;
}

/** The members of components that classes declare, of all kinds. */
export const components = new MemberSlot<{ readonly component: Component; readonly declared: unknown }>('components');

/** Declares a member of a component: what its decorator does. Writes metadata only. @param prototype what a method decorator is given */
export function declareMember<D>(component: Component<D>, prototype: object, member: string | symbol, declared: D): void {
  components.add(prototype, member, { component, declared });
}

export function bindComponent<D>(component: Component<D>, members: readonly ComponentMember<D>[]): BoundComponent {
  return {
    kind: component.kind,
    members: members.map(({ name, declared }) => ({ name, description: component.describe?.(declared) ?? '' })),
    open: (around) => component.open(members, around),
  };
}
