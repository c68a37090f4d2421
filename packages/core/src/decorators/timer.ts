import type { Duration } from '../time/index.js';
import { timers } from './declarations.js';
import type { OrdinaryDecoratorFor } from './methods.js';

export interface TimerOptions {
  /** What becomes of a tick that comes while the last one still runs. @default 'skip' */
  readonly overlap?: 'skip' | 'allow';
}

/** Declares a method to be called at a fixed rate, first after one interval. Writes metadata only; nothing runs. */
export function Timer(every: Duration, options: TimerOptions = {}): OrdinaryDecoratorFor<() => unknown> {
  return (declaring, method) => timers.add(declaring, method, { every, ...options });
}
