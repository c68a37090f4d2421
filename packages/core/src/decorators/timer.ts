import { timers } from '../tasks/index.js';
import type { Duration } from '../time/index.js';
import { declareMember } from '../topology/index.js';
import type { OrdinaryDecoratorFor } from './methods.js';
import { methodUnder, withParentheses } from './placement.js';

export interface TimerOptions {
  /** What becomes of a tick that comes while the last one still runs. @default 'skip' */
  readonly overlap?: 'skip' | 'allow';
}

/** Declares a method to be called at a fixed rate, first after one interval. Writes metadata only; nothing runs. */
export function Timer(every: Duration, options: TimerOptions = {}): OrdinaryDecoratorFor<() => unknown> {
  withParentheses('@Timer', typeof options === 'string', [every, options]);
  return (...placed) => {
    const { declaring, method } = methodUnder('@Timer', placed);
    declareMember(timers, declaring, method, { every, ...options });
  };
}
