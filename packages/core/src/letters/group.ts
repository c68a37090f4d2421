import type { LetterSummary } from './letter.js';

/** Dead letters of one agent and one topic that failed at the same place in the code. */
export interface LetterGroup {
  readonly fingerprint: string;
  readonly agent: string;
  readonly topic: string;
  readonly count: number;
  /** The last error of theirs. */
  readonly error: LetterSummary['cause']['error'];
  /** When the first and the last of them were set aside, in milliseconds since 1970. */
  readonly first: number;
  readonly last: number;
}

/** Groups dead letters by what is wrong with them, the largest group first. */
export function groupLetters(letters: Iterable<LetterSummary>): LetterGroup[] {
  const groups = new Map<string, LetterGroup>();
  for (const { cause } of letters) {
    const { fingerprint, agent, topic, failedAt, error } = cause;
    const key = JSON.stringify([fingerprint, agent, topic]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { fingerprint, agent, topic, count: 1, error, first: failedAt, last: failedAt });
    else
      groups.set(key, {
        ...group,
        count: group.count + 1,
        error: failedAt >= group.last ? error : group.error,
        first: Math.min(group.first, failedAt),
        last: Math.max(group.last, failedAt),
      });
  }
  return [...groups.values()].sort((a, b) => b.count - a.count || b.last - a.last);
}
