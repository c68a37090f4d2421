import type { Block } from './block.js';
import type { Stretch } from './stretches.js';
import type { Waiting } from './waiters.js';

/** What has happened to the events of a join, each in its order. */
export class Happened {
  readonly arrived: Waiting[] = [];
  /** Have had their first counterpart. */
  readonly met: Waiting[] = [];
  /** Given out as results, and handled. */
  readonly left: Waiting[] = [];
  /** Over, with all their events. */
  readonly over: Stretch[] = [];
  /** Blocks that the shard was given. */
  readonly put: Block[] = [];

  get isEmpty(): boolean {
    return this.arrived.length + this.met.length + this.left.length + this.over.length + this.put.length === 0;
  }

  add(later: Happened): void {
    for (const each of later.arrived) this.arrived.push(each);
    for (const each of later.met) this.met.push(each);
    for (const each of later.left) this.left.push(each);
    for (const each of later.over) this.over.push(each);
    for (const each of later.put) this.put.push(each);
  }
}

/** What has happened since the last checkpoint, in two generations as that of cells. */
export class Journal {
  open = new Happened();
  #closed = new Happened();

  get isEmpty(): boolean {
    return this.open.isEmpty && this.#closed.isEmpty;
  }

  /** Closes the open generation. One that is closed already has it in it from now on. */
  close(): void {
    if (this.#closed.isEmpty) this.#closed = this.open;
    else this.#closed.add(this.open);
    this.open = new Happened();
  }

  /** The closed generation is committed. */
  committed(): void {
    this.#closed = new Happened();
  }

  /** Forgets both. @returns what is to be undone */
  dropped(): Happened {
    this.close();
    const all = this.#closed;
    this.#closed = new Happened();
    return all;
  }
}
