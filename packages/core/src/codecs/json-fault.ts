const space = /[ \t\n\r]*/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON has none of them in its strings
const scalar = /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const byteOrderMark = '\uFEFF';

/** What is wrong with a text that is no JSON, and where: V8 does not always tell. For messages only: it reads all of it once more. */
export function jsonFault(text: string): string {
  if (text.startsWith(byteOrderMark)) return 'a byte order mark (U+FEFF) in front of it. Write it without one';
  const at = new Reader(text).fault();
  return at >= text.length ? `a text that ends too early, after ${text.length} characters` : `${describe(text, at)} at position ${at}`;
}

function describe(text: string, at: number): string {
  const code = text.codePointAt(at) as number;
  const character = String.fromCodePoint(code);
  return /[\p{C}\p{Z}]/u.test(character) ? `U+${code.toString(16).toUpperCase().padStart(4, '0')}` : `'${character}'`;
}

/** Reads JSON as far as it is some. Without recursion: a text may be nested deeply. */
class Reader {
  #at = 0;
  readonly #open: string[] = [];

  constructor(private readonly text: string) {}

  /** Where the text stops being JSON. */
  fault(): number {
    while (this.#value() && this.#next());
    return this.#at;
  }

  /** A scalar, or the beginning of what holds others, down to its first scalar. */
  #value(): boolean {
    for (;;) {
      if (this.#takes('[')) {
        if (this.#takes(']')) return true;
        this.#open.push(']');
      } else if (this.#takes('{')) {
        if (this.#takes('}')) return true;
        this.#open.push('}');
        if (!this.#name()) return false;
      } else return this.#matches(scalar);
    }
  }

  /** What stands between a value and the next one; false at the end and where nothing may follow. */
  #next(): boolean {
    for (;;) {
      const closing = this.#open.at(-1);
      this.#matches(space);
      if (closing === undefined) return false;
      if (this.#takes(',')) return closing === ']' || this.#name();
      if (!this.#takes(closing)) return false;
      this.#open.pop();
    }
  }

  #name(): boolean {
    this.#matches(space);
    return this.text[this.#at] === '"' && this.#matches(scalar) && this.#takes(':');
  }

  #takes(character: string): boolean {
    this.#matches(space);
    if (this.text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  #matches(expected: RegExp): boolean {
    expected.lastIndex = this.#at;
    const found = expected.exec(this.text);
    this.#at += found?.[0].length ?? 0;
    return found !== null;
  }
}
