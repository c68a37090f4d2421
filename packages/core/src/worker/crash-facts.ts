import type { Blame } from '../agents/index.js';
import type { TopicPartition } from '../errors/index.js';

/** Events of one agent on one partition, by their first and last offset. */
export interface Held extends TopicPartition {
  readonly agent: string;
  readonly from: number;
  readonly to: number;
}

/** 'waits': something else may have ended the process. 'late': it was done, and what ended the process had been begun by it, maybe for others too. */
export type CodeState = 'runs' | 'waits' | 'late';

/** What is known of one process that did not end in order. */
export interface Crash {
  /** Whether notes were taken: without them any event may have been in hand. */
  readonly isKnown: boolean;
  /** What was in hand. */
  readonly held: readonly Held[];
  /** The event that ran alone because it was suspected already. */
  readonly alone: Held | undefined;
  /** What its code did at that moment. */
  readonly state: CodeState;
}

/** After so many crashes an event no longer runs beside others that are suspected too: the next one then tells which it is. */
const suspectFrom = 2;
/** For how many crashes one counts, of an event that ran alone, or was to. */
const weights: Readonly<Record<CodeState, number>> = { runs: 1, waits: 0.5, late: 0 };

/** What the crashes so far say about the events of one agent on one partition. */
export class Suspicion {
  readonly #ours: readonly OurCrash[];
  /** The offset after the last event that must run alone; 0 without any. */
  readonly until: number;

  /** @param crashes oldest first */
  constructor(
    readonly crashes: readonly Crash[],
    agent: string,
    { topic, partition }: TopicPartition,
  ) {
    const isOurs = (held: Held) => held.agent === agent && held.topic === topic && held.partition === partition;
    this.#ours = crashes.map(({ isKnown, held, alone, state }) => ({
      ...{ isKnown, state },
      held: held.filter(isOurs).sort((a, b) => a.from - b.from),
      alone: alone !== undefined && isOurs(alone) ? [alone] : [],
    }));
    // The count changes only where something in hand begins or ends.
    const ends = new Set(this.#ours.flatMap(({ held }) => held.flatMap(({ from, to }) => [from - 1, from, to])));
    const suspect = [...ends].sort((a, b) => b - a).find((offset) => this.of(offset).crashes >= suspectFrom);
    this.until = (suspect ?? -1) + 1;
  }

  of(offset: number): Blame {
    let [crashes, weight] = [0, 0];
    let wasUnknown = false;
    let isLate = false;
    for (const { isKnown, held, alone, state } of this.#ours) {
      const isSuspect = crashes >= suspectFrom;
      if (cover(isSuspect ? alone : held, offset)) {
        // A crash without notes is put down to what is found in hand at the very next one.
        const count = crashes === 0 && wasUnknown ? 2 : 1;
        crashes += count;
        weight += isSuspect ? weights[state] : count;
        isLate ||= state === 'late' && cover(alone, offset);
      }
      wasUnknown = !isKnown;
    }
    return { crashes, weight, isLate };
  }
}

/** A crash as far as it is about one agent on one partition; what was in hand in order, nothing twice. */
interface OurCrash {
  readonly isKnown: boolean;
  readonly state: CodeState;
  readonly held: readonly Held[];
  readonly alone: readonly Held[];
}

/** Whether an event is among what was in hand. Where many run at once that is many. */
function cover(held: readonly Held[], offset: number): boolean {
  let [low, high] = [0, held.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (held[middle].from <= offset) low = middle + 1;
    else high = middle;
  }
  return low > 0 && offset <= held[low - 1].to;
}
