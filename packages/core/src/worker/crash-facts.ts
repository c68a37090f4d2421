import type { TopicPartition } from '../errors/index.js';

/** Events of one agent on one partition, by their first and last offset. */
export interface Held extends TopicPartition {
  readonly agent: string;
  readonly from: number;
  readonly to: number;
}

/** What is known of one process that did not end in order. */
export interface Crash {
  /** Whether notes were taken: without them any event may have been in hand. */
  readonly isKnown: boolean;
  /** What was in hand. */
  readonly held: readonly Held[];
  /** The event that ran alone because it was suspected already. */
  readonly alone: Held | undefined;
}

/** After so many crashes an event no longer runs beside others that are suspected too: the next one then tells which it is. */
const suspectFrom = 2;

/** What the crashes so far say about the events of one agent on one partition. */
export class Suspicion {
  readonly #crashes: readonly Crash[];
  /** The offset after the last event that must run alone; 0 without any. */
  readonly until: number;

  /** @param crashes oldest first */
  constructor(crashes: readonly Crash[], agent: string, { topic, partition }: TopicPartition) {
    const isOurs = (held: Held) => held.agent === agent && held.topic === topic && held.partition === partition;
    this.#crashes = crashes.map(({ isKnown, held, alone }) => ({
      isKnown,
      held: held.filter(isOurs),
      alone: alone !== undefined && isOurs(alone) ? alone : undefined,
    }));
    // The count changes only where something in hand begins or ends.
    const ends = this.#crashes.flatMap(({ held }) => held.flatMap(({ from, to }) => [from - 1, from, to])).sort((a, b) => b - a);
    this.until = (ends.find((offset) => this.crashes(offset) >= suspectFrom) ?? -1) + 1;
  }

  /** How often the process ended with this event in hand. */
  crashes(offset: number): number {
    let count = 0;
    let wasUnknown = false;
    for (const crash of this.#crashes) {
      const isGuilty = count < suspectFrom ? crash.held.some((held) => covers(held, offset)) : covers(crash.alone, offset);
      // A crash without notes is put down to what is found in hand at the very next one.
      if (isGuilty) count += count === 0 && wasUnknown ? 2 : 1;
      wasUnknown = !crash.isKnown;
    }
    return count;
  }
}

function covers(held: Held | undefined, offset: number): boolean {
  return held !== undefined && held.from <= offset && offset <= held.to;
}
