import { show } from '../codecs/index.js';
import type { Fault } from '../errors/index.js';

/** What is wrong with the option that only the leader calls a method. */
export function leaderProblems({ onLeader }: { readonly onLeader?: boolean }): Pick<Fault, 'problem' | 'remedy'>[] {
  if (onLeader === undefined || typeof onLeader === 'boolean') return [];
  return [{ problem: `onLeader is ${show(onLeader)}`, remedy: 'Use true or false' }];
}
