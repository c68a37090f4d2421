import type { SetTableDefinition, TableDefinition } from '../definitions/index.js';
import { givenOptions } from '../errors/index.js';
import { type TimerDeclaration, timers } from '../tasks/index.js';
import type { Duration } from '../time/index.js';
import { declareMember, type PartitionTick, type Tick } from '../topology/index.js';
import type { OrdinaryDecoratorFor } from './methods.js';
import { areOfMember, methodUnder, withParentheses } from './placement.js';

export interface TimerOptions {
  /** What becomes of a tick that comes while the last one still runs. @default 'skip' */
  readonly overlap?: 'skip' | 'allow';
  /**
   * Whether only the leader calls it: the worker that has partition 0 of the topic that is, by name, the first of those that agents read. What it sends and writes is
   * then committed together, and only while its worker is the leader. @default false
   */
  readonly onLeader?: boolean;
}

/** For a timer of a table. */
export interface TableTimerOptions extends Omit<TimerOptions, 'onLeader'> {
  /**
   * Calls the method once for each part of this table that the worker has, in the context of that: it may read and write it, and what it sends and writes is
   * committed together. No handler of the partition runs meanwhile.
   */
  readonly per: TableDefinition<never, never, never> | TableDefinition | SetTableDefinition<never, never> | SetTableDefinition;
}

/** Declares a method to be called at a fixed rate, first after one interval. Writes metadata only; nothing runs. */
export function Timer(every: Duration, options: TableTimerOptions): OrdinaryDecoratorFor<(tick: PartitionTick) => unknown>;
export function Timer(every: Duration, options?: TimerOptions): OrdinaryDecoratorFor<(tick: Tick) => unknown>;
export function Timer(
  every: Duration,
  options: TimerOptions | TableTimerOptions = {},
): OrdinaryDecoratorFor<(tick: PartitionTick) => unknown> {
  withParentheses('@Timer', areOfMember([every, options]), [every, options]);
  return (...placed) => {
    const { declaring, method } = methodUnder('@Timer', placed);
    declareMember(timers, declaring, method, { every, ...givenOptions(options) } as TimerDeclaration);
  };
}
