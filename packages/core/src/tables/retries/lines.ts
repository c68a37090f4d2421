import { cellKeyOf, lineIn, lineOf } from './parked-format.js';

/** Parked events that must stay in order. */
export interface Line {
  readonly name: string;
  /** In the order of their offsets. Those before `head` are gone, and that is not committed. */
  readonly cellKeys: string[];
  head: number;
  /** Whether the first one is with its handler. */
  isTaken: boolean;
  /** Under which time it stands in the index. */
  noted: number | undefined;
}

/** The parked events of one topic and partition: those of one key in a line, each other one by itself. */
export class Lines {
  readonly #lines = new Map<string, Line>();
  readonly #topic: string;
  readonly #isInOrder: boolean;
  /** How many are there. */
  count = 0;

  /** @param isInOrder whether events of one key make one line */
  constructor(topic: string, isInOrder: boolean) {
    this.#topic = topic;
    this.#isInOrder = isInOrder;
  }

  [Symbol.iterator](): Iterator<Line> {
    return this.#lines.values();
  }

  /** Where an event stands, or would. */
  cellKey(key: Buffer | null, offset: number, timestamp: number): string {
    return cellKeyOf(lineOf(this.#topic, key), offset, timestamp);
  }

  /** The line that an event of a key would have to wait in. */
  behind(key: Buffer | null): Line | undefined {
    if (this.count === 0 || key === null || !this.#isInOrder) return undefined;
    const line = this.#lines.get(lineOf(this.#topic, key));
    return line !== undefined && line.head < line.cellKeys.length ? line : undefined;
  }

  find(cellKey: string): Line | undefined {
    return this.#lines.get(this.#nameOf(cellKey));
  }

  named(name: string): Line | undefined {
    return this.#lines.get(name);
  }

  #nameOf(cellKey: string): string {
    const line = lineIn(cellKey);
    return this.#isInOrder && line !== lineOf(this.#topic, null) ? line : cellKey;
  }

  /** An event is there. @returns its line */
  add(cellKey: string): Line {
    const name = this.#nameOf(cellKey);
    const line = this.#lines.get(name) ?? { name, cellKeys: [], head: 0, isTaken: false, noted: undefined };
    this.#lines.set(name, line);
    let at = line.cellKeys.length;
    while (at > line.head && line.cellKeys[at - 1] > cellKey) at--;
    if (line.cellKeys[at - 1] === cellKey && at > line.head) return line;
    line.cellKeys.splice(at, 0, cellKey);
    this.count++;
    return line;
  }

  /** Passes over what is gone of a line. @returns whether anything was */
  advance(line: Line, isThere: (cellKey: string) => boolean): boolean {
    const before = line.head;
    while (line.head < line.cellKeys.length && !isThere(line.cellKeys[line.head])) line.head++;
    this.count -= line.head - before;
    return line.head > before;
  }

  /** A rewind has brought back what was gone. @param isThere whether one is that was not added since */
  rewind(line: Line, isThere: (cellKey: string) => boolean): void {
    this.count += line.head;
    line.head = 0;
    line.isTaken = false;
    this.advance(line, isThere);
  }

  /** One was never there. */
  remove(cellKey: string): void {
    const line = this.find(cellKey);
    const at = line?.cellKeys.indexOf(cellKey) ?? -1;
    if (line === undefined || at === -1) return;
    line.cellKeys.splice(at, 1);
    if (at < line.head) line.head--;
    else this.count--;
    this.#drop(line);
  }

  /** Forgets what is gone for good. */
  compact(line: Line, isGone: (cellKey: string) => boolean): void {
    let gone = 0;
    while (gone < line.head && isGone(line.cellKeys[gone])) gone++;
    line.cellKeys.splice(0, gone);
    line.head -= gone;
    this.#drop(line);
  }

  #drop(line: Line): void {
    if (line.cellKeys.length === 0) this.#lines.delete(line.name);
  }
}
