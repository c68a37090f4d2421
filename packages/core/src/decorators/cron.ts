import { givenOptions } from '../errors/index.js';
import { type CronDeclaration, crons } from '../tasks/index.js';
import { declareMember, type Tick } from '../topology/index.js';
import type { OrdinaryDecoratorFor } from './methods.js';
import { areOfMember, methodUnder, withParentheses } from './placement.js';

export interface CronOptions {
  /** The time zone whose local times the expression names, by its IANA name. @default 'UTC' */
  readonly timezone?: string;
  /**
   * Whether only the leader calls it: the worker that has partition 0 of the topic that is, by name, the first of those that agents read. What it sends and writes is then
   * committed together with the tick, and only while its worker is the leader. @default false
   */
  readonly onLeader?: boolean;
  /** With `onLeader`: of the ticks that came while no worker was the leader none is called, one for all of them, or each. @default 'skip' */
  readonly missed?: 'skip' | 'once' | 'all';
}

/**
 * Declares a method to be called at the times of an expression: minute, hour, day of month, month, day of week, with seconds before them where there are six
 * fields. Writes metadata only; nothing runs.
 */
export function Cron(expression: string, options: CronOptions = {}): OrdinaryDecoratorFor<(tick: Tick) => unknown> {
  withParentheses('@Cron', areOfMember([expression, options]), [expression, options]);
  return (...placed) => {
    const { declaring, method } = methodUnder('@Cron', placed);
    declareMember(crons, declaring, method, { ...givenOptions(options), expression } as CronDeclaration);
  };
}
