import { startHooks, stopHooks } from './declarations.js';
import type { OrdinaryDecoratorFor } from './methods.js';
import { methodUnder, withParentheses } from './placement.js';

/** Declares a method to be called, and awaited, before the first message. Classes come after those they are given. */
export function OnStart(...bare: readonly never[]): OrdinaryDecoratorFor<() => unknown> {
  withParentheses('@OnStart', bare.length > 0, bare);
  return (...placed) => {
    const { declaring, method } = methodUnder('@OnStart', placed);
    startHooks.add(declaring, method, true);
  };
}

/** Declares a method to be called after the last handler has returned. Classes come before those they are given. */
export function OnStop(...bare: readonly never[]): OrdinaryDecoratorFor<() => unknown> {
  withParentheses('@OnStop', bare.length > 0, bare);
  return (...placed) => {
    const { declaring, method } = methodUnder('@OnStop', placed);
    stopHooks.add(declaring, method, true);
  };
}
