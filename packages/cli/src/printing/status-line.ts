import type { Output } from '../shell.js';

/** A line below everything else that is written to a terminal. It is drawn again whenever something was written above it. */
export class StatusLine implements Output {
  readonly #out: Output;
  #line = '';
  /** What of it stands on the screen. */
  #shown = '';
  /** Whether what was written last ends in the middle of a line. */
  #isWithin = false;

  constructor(out: Output) {
    this.#out = out;
  }

  get isTerminal(): boolean {
    return this.#out.isTerminal;
  }

  get columns(): number | undefined {
    return this.#out.columns;
  }

  write(text: string): void {
    this.#isWithin = !text.endsWith('\n');
    this.#draw(text, this.#isWithin ? '' : this.#line);
  }

  /** Shows a line in place of the one before; an empty one shows nothing. */
  show(line: string): void {
    this.#line = line;
    if (!this.#isWithin && line !== this.#shown) this.#draw('', line);
  }

  #draw(text: string, line: string): void {
    const before = this.#shown;
    this.#shown = line;
    this.#out.write(`${before === '' ? '' : blank(before)}${text}${line}`);
  }
}

/** Without control sequences: they are understood by every terminal. */
function blank(line: string): string {
  return `\r${' '.repeat(line.length)}\r`;
}
