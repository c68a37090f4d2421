import { startHooks, stopHooks } from './declarations.js';
import type { OrdinaryDecoratorFor } from './methods.js';

/** Declares a method to be called, and awaited, before the first message. Classes come after those they are given. */
export function OnStart(): OrdinaryDecoratorFor<() => unknown> {
  return (declaring, method) => startHooks.add(declaring, method, true);
}

/** Declares a method to be called after the last handler has returned. Classes come before those they are given. */
export function OnStop(): OrdinaryDecoratorFor<() => unknown> {
  return (declaring, method) => stopHooks.add(declaring, method, true);
}
