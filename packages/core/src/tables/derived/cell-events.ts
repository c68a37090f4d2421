import type { Kept } from '../../streams/index.js';
import type { Cell } from '../cell.js';
import type { TableWrites } from '../table-writes.js';
import { KeptEvents } from './kept-events.js';

/** Entries of a shard that stand for events, each in a cell of its own. What is due is told by an id: mostly its cell key. */
export abstract class CellEvents<K extends Kept> extends KeptEvents<K, string> {
  /** Taken, and not due yet. */
  #busy: string[] = [];

  /** One that was taken is not due yet: somebody is about to write it. */
  protected abstract putBack(id: string): void;
  protected abstract eventOf(cell: Cell, id: string): Omit<K, 'sequence'>;

  /** The cell key of what is due. */
  protected cellKeyOf(id: string): string {
    return id;
  }

  /** The cell of what is due; undefined where its key is not there. */
  protected cellOf(id: string): Cell | undefined {
    return this.shard.find(this.cellKeyOf(id));
  }

  /** Whether a cell has what is due, and not something else by now. */
  protected isDue(_id: string, cell: Cell): boolean {
    return cell.value !== undefined;
  }

  /** Takes out what an event stands for. */
  protected remove(writes: TableWrites, cell: Cell): void {
    writes.write(this.shard, cell, undefined);
  }

  protected nameOf(id: string): string {
    return id;
  }

  protected made(id: string): Omit<K, 'sequence'> | undefined {
    const cell = this.cellOf(id);
    if (cell === undefined || !this.isDue(id, cell)) return this.#absent(id, cell);
    const event = this.eventOf(cell, id) as { isThere?: () => boolean };
    event.isThere = () => this.isDue(id, cell);
    return event as Omit<K, 'sequence'>;
  }

  #absent(id: string, cell: Cell | undefined): undefined {
    // One that was deleted and is not committed: a rewind may bring it back.
    if (cell?.dirt !== undefined) this.isGone(id);
    else if (cell !== undefined && cell.pins > 0) this.#busy.push(id);
    else this.forget(id);
  }

  protected override taken(): void {
    if (this.#busy.length === 0) return;
    const busy = this.#busy;
    this.#busy = [];
    for (const id of busy) this.putBack(id);
  }

  protected leave(writes: TableWrites, id: string): void {
    const cell = this.cellOf(id);
    // What the attempt has written in its place stays.
    if (cell !== undefined && this.isDue(id, cell) && !writes.hasWritten(cell)) this.remove(writes, cell);
  }
}
