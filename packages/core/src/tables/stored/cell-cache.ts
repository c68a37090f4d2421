import type { Cell } from '../cell.js';
import { Slices } from '../slices.js';

/** What a cell takes beside its key and value: itself, its place in a map. */
const cellBytes = 200;
/** Cells that are looked at for each one that comes in while there are too many: enough to find one that was not used, mostly. */
const looksPerCell = 8;
/** Cells that are looked at in one go. */
const looksAtATime = 256;
/** When many are taken out at once, down to this share of what there may be. */
const trimShare = 0.75;

/** How many times as much may be owed to stores while changelogs are read: what fits is stored behind that. */
const owedFactor = 4;

/** Cells of one shard that may be taken out. */
export interface Sweepable {
  /**
   * Looks at so many cells, and takes those out that nobody has used since the last look.
   * @returns whether it has come to the end of them
   */
  sweep(looks: number): boolean;
}

export function costOf({ key, sizeBytes }: Cell): number {
  return cellBytes + key.length + sizeBytes;
}

/**
 * Bounds the memory of all cells of a worker that their shards can have again from stores. Those that were used since the last look stay
 * (the clock algorithm). What came from changelogs and is owed to stores has a bound of its own.
 */
export class CellCache {
  readonly #maxBytes: number;
  readonly #shards: Sweepable[] = [];
  #turn = 0;
  #bytes = 0;
  #owedBytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get isOver(): boolean {
    return this.#bytes > this.#maxBytes;
  }

  hasRoomFor(cell: Cell): boolean {
    return this.#bytes + costOf(cell) <= this.#maxBytes;
  }

  /** Whether a recovery has to store some of what it has read before it goes on. */
  get owesMuch(): boolean {
    return this.#owedBytes > owedFactor * this.#maxBytes;
  }

  /** More came from changelogs that stores do not have yet, or less is left of it. */
  owe(bytes: number): void {
    this.#owedBytes += bytes;
  }

  add(shard: Sweepable): void {
    this.#shards.push(shard);
  }

  /** @param bytes what its cells take */
  remove(shard: Sweepable, bytes: number): void {
    const at = this.#shards.indexOf(shard);
    if (at >= 0) this.#shards.splice(at, 1);
    this.#bytes -= bytes;
  }

  /** There is more, or less. Takes others out where there is too much. */
  change(bytes: number): void {
    this.#bytes += bytes;
    if (bytes > 0 && this.#bytes > this.#maxBytes) this.#sweep(looksPerCell);
  }

  /** @returns whether it has come to the end of a shard */
  #sweep(looks: number): boolean {
    if (this.#shards.length === 0) return true;
    this.#turn %= this.#shards.length;
    const isAtEnd = this.#shards[this.#turn].sweep(looks);
    if (isAtEnd) this.#turn++;
    return isAtEnd;
  }

  /** Makes room after much came in that could not be taken out. Gives up when it has looked at every cell twice. */
  async trim(): Promise<void> {
    const slices = new Slices();
    const goal = this.#maxBytes * trimShare;
    for (let rounds = 0; this.#bytes > goal && rounds < 2 * this.#shards.length; ) {
      if (this.#sweep(looksAtATime)) rounds++;
      if (slices.isOver(looksAtATime)) await slices.next();
    }
  }
}
