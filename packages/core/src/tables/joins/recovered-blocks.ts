import { Block, eventsIn, gone, holdsEvents, type Mark, marksIn, matched } from './block.js';
import type { JoinFormat } from './join-format.js';
import { type Waiters, Waiting } from './waiters.js';

/** A block that a shard has. */
export interface RecoveredBlock {
  readonly block: Block;
  /** Those that stand in it, or of which its marks are. */
  readonly events: readonly Waiting[];
  readonly isOfMarks: boolean;
}

/** What the blocks of a shard hold, which come in any order. */
export class RecoveredBlocks {
  readonly #format: JoinFormat;
  readonly #waitersOf: (key: string) => Waiters;
  /** By the sequence numbers of their blocks. */
  readonly #events = new Map<number, { readonly block: Block; readonly events: readonly Waiting[] }>();
  readonly #marks: { readonly block: Block; readonly marks: readonly Mark[] }[] = [];

  constructor(format: JoinFormat, waitersOf: (key: string) => Waiters) {
    this.#format = format;
    this.#waitersOf = waitersOf;
  }

  take(cellKey: string, bytes: Buffer): void {
    const sequence = this.#format.sequenceIn(cellKey);
    const block = Block.at({ sequence, cellKey });
    if (!holdsEvents(bytes)) this.#marks.push({ block, marks: [...marksIn(bytes)] });
    else this.#events.set(sequence, { block, events: this.#eventsIn(block, bytes) });
  }

  #eventsIn(block: Block, bytes: Buffer): Waiting[] {
    const { keys } = this.#format;
    const found: Waiting[] = [];
    for (const { isRight, time, topic, offset, key, at, marks } of eventsIn(bytes)) {
      const waiters = this.#waitersOf(keys.cellKeyOf(key));
      found.push(new Waiting(waiters, isRight ? 'right' : 'left', time, topic, offset, block, at, found.length, marks));
    }
    return found;
  }

  /** All of them, once they were taken: what has become of their events is known then. */
  *blocks(): Generator<RecoveredBlock> {
    const marked = this.#marks.map(({ block, marks }) => ({ block, events: marks.flatMap((mark) => this.#apply(mark)), isOfMarks: true }));
    for (const each of this.#events.values()) yield { ...each, isOfMarks: false };
    yield* marked;
  }

  #apply({ sequence, index, mark }: Mark): Waiting[] {
    const event = this.#events.get(sequence)?.events[index];
    if (event === undefined) return [];
    if ((mark & matched) !== 0) event.isMatched = true;
    if ((mark & gone) !== 0) event.isGone = true;
    return [event];
  }
}
