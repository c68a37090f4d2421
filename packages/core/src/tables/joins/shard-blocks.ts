import { Encoded } from '../cell.js';
import type { Shard } from '../shard.js';
import { Block, emptyBlock, sizeOfEvent, type WrittenEvent } from './block.js';
import type { JoinFormat } from './join-format.js';
import type { Stretch, Stretches } from './stretches.js';

/** The blocks of a shard, and those that it is given with the next checkpoint. */
export class ShardBlocks {
  readonly #shard: Shard;
  readonly #format: JoinFormat;
  readonly #stretches: Stretches;
  #nextSequence = 0;
  /** Bytes of those that the shard does not have yet. */
  #bytes = 0;
  /** Maybe in the changelog, though they were taken back. */
  #stray: Block[] = [];

  constructor(shard: Shard, format: JoinFormat, stretches: Stretches) {
    this.#shard = shard;
    this.#format = format;
    this.#stretches = stretches;
  }

  /** The shard has one. @param number of the stretch with which it goes */
  recovered(block: Block, number: number): void {
    const sequence = block.address?.sequence ?? 0;
    if (sequence >= this.#nextSequence) this.#nextSequence = sequence + 1;
    block.stretch = number;
    this.#stretches.of(number).blocks.push(block);
  }

  /** What stands in one; undefined where the shard has it no more. @throws StateError when the store cannot be read */
  bytesOf({ bytes, address }: Block): Buffer | undefined {
    if (bytes !== undefined || address === undefined) return bytes;
    const cell = this.#shard.find(address.cellKey);
    if (cell?.value === undefined) return undefined;
    const { value } = cell;
    return value instanceof Encoded && Buffer.isBuffer(value.payload) ? value.payload : this.#shard.bytesOf(cell);
  }

  /** The block that takes an event next. */
  openOf(stretch: Stretch, event: WrittenEvent): Block {
    const size = sizeOfEvent(event);
    this.#count(size);
    return lastOf(stretch.open, size, () => Block.ofEvents(stretch.number));
  }

  /** Notes what has become of an event. */
  mark(block: Block, at: number, index: number, mark: number): void {
    if (block.address === undefined) block.mark(at, mark);
    else {
      const stretch = this.#stretches.find(block.stretch);
      if (stretch === undefined) return;
      const marks = lastOf(stretch.marks, 0, () => Block.ofMarks(stretch.number));
      this.#count(marks.addMark({ sequence: block.address.sequence, index, mark }));
    }
  }

  #count(bytes: number): void {
    this.#bytes += bytes;
    this.#shard.uncommitted.change(bytes);
  }

  /** A checkpoint is about to be made: the shard is given what is new, and what is over leaves it. @returns the blocks that it was given */
  prepare(over: readonly Stretch[]): Block[] {
    for (const { blocks } of over) for (const block of blocks) this.#remove(block);
    const put: Block[] = [];
    for (const stretch of this.#stretches) {
      // Marks stand behind what they are about.
      for (const block of [...stretch.open, ...stretch.marks]) {
        this.#put(block);
        put.push(block);
        stretch.blocks.push(block);
      }
      stretch.open = [];
      stretch.marks = [];
    }
    for (const block of this.#stray) this.#putStray(block);
    put.push(...this.#stray);
    this.#stray = [];
    // The shard has counted them.
    this.forgetBytes();
    return put;
  }

  #put(block: Block): void {
    const sequence = this.#nextSequence++;
    const cellKey = this.#format.cellKey(block.stretch, sequence);
    this.#write(cellKey, block.close({ sequence, cellKey }));
  }

  /** What it has goes, and it goes with its stretch. */
  #putStray(block: Block): void {
    if (block.address === undefined) return;
    this.#write(block.address.cellKey, emptyBlock());
    this.#stretches.of(block.stretch).blocks.push(block);
  }

  #write(cellKey: string, bytes: Buffer): void {
    const cell = this.#shard.newCell(cellKey);
    this.#shard.change(cell, this.#shard.keep(cell, new Encoded(bytes)));
  }

  #remove({ address }: Block): void {
    const cell = address && this.#shard.find(address.cellKey);
    if (cell?.value !== undefined) this.#shard.remove(cell);
  }

  /** What is not committed is taken back. @param put what the shard was given of it */
  dropped(put: readonly Block[]): void {
    const taken = new Set(put);
    for (const stretch of this.#stretches) {
      stretch.rewind();
      if (taken.size > 0) stretch.blocks = stretch.blocks.filter((each) => !taken.has(each));
    }
    this.#stray.push(...put);
    this.forgetBytes();
  }

  /** What is not in the shard counts no more. */
  forgetBytes(): void {
    if (this.#bytes > 0) this.#shard.uncommitted.change(-this.#bytes);
    this.#bytes = 0;
  }
}

function lastOf(blocks: Block[], size: number, make: () => Block): Block {
  const last = blocks[blocks.length - 1];
  if (last?.hasRoom(size) === true) return last;
  const made = make();
  blocks.push(made);
  return made;
}
