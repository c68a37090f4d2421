import { startHooks, stopHooks } from './declarations.js';
import type { MethodDecoratorFor } from './methods.js';

/** Declares a method to be called, and awaited, before the first message. Classes come after those they are given. */
export function OnStart(): MethodDecoratorFor<() => unknown> {
  return (declaring, method) => startHooks.add(declaring, method, true);
}

/** Declares a method to be called after the last handler has returned. Classes come before those they are given. */
export function OnStop(): MethodDecoratorFor<() => unknown> {
  return (declaring, method) => stopHooks.add(declaring, method, true);
}
