import { givenOptions } from '../errors/index.js';
import { type TaskDeclaration, tasks } from '../tasks/index.js';
import { declareMember } from '../topology/index.js';
import type { OrdinaryDecoratorFor } from './methods.js';
import { methodUnder, withParentheses } from './placement.js';

export interface TaskOptions {
  /**
   * Whether it runs on the leader, from when its worker has become that until another one does. What it sends belongs to no event and no tick: the task of a leader
   * that was halted may send beside that of the next one. @default false
   */
  readonly onLeader?: boolean;
}

/**
 * Declares a method that runs in the background, once, from when its worker is ready until its signal is aborted. What it throws before ends the worker. Writes
 * metadata only; nothing runs.
 */
export function Task(options: TaskOptions = {}, ...bare: readonly never[]): OrdinaryDecoratorFor<(signal: AbortSignal) => unknown> {
  withParentheses('@Task', bare.length > 0, [options, ...bare]);
  return (...placed) => {
    const { declaring, method } = methodUnder('@Task', placed);
    declareMember(tasks, declaring, method, givenOptions(options) as TaskDeclaration);
  };
}
