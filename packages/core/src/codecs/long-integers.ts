/** So many digits has the smallest integer that a number may not hold exactly: 2⁵³ + 1. */
const digitsMin = 16;

/** An integer in a JSON text that a number does not hold exactly. */
export interface LongInteger {
  /** Path from the root: `items[2].id`; empty for the value itself. */
  readonly path: string;
  readonly text: string;
}

/**
 * Whether a text has so many digits in a row that they may be such an integer. False is certain. It runs for every message, so it looks at
 * every sixteenth character only: no such row fits between them.
 */
export function mayHaveLongInteger(text: string): boolean {
  for (let at = digitsMin - 1; at < text.length; at += digitsMin) {
    if (isDigit(text.charCodeAt(at)) && isLong(text, at)) return true;
  }
  return false;
}

const half = digitsMin / 2;

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

/** Such a row reaches eight characters to one side at least. */
function isLong(text: string, at: number): boolean {
  if (!isDigit(text.charCodeAt(at - half)) && !isDigit(text.charCodeAt(at + half))) return false;
  let begin = at;
  while (begin > 0 && at - begin < digitsMin && isDigit(text.charCodeAt(begin - 1))) begin--;
  let end = at + 1;
  while (end < text.length && end - begin < digitsMin && isDigit(text.charCodeAt(end))) end++;
  return end - begin >= digitsMin;
}

const tokens = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|[[\]{},:]/g;

/** Where a reader of JSON is: in a list at an index, in an object at a name, which is undefined until it has come. */
interface Place {
  readonly isList: boolean;
  at: string | number | undefined;
}

/** The integers in a JSON text that a number does not hold exactly. One with a fraction or an exponent is a measure, not a count or a name. */
export function longIntegers(text: string): LongInteger[] {
  const found: LongInteger[] = [];
  const places: Place[] = [];
  for (const [token] of text.matchAll(tokens)) {
    const inside = places.at(-1);
    if (token === '{' || token === '[') places.push({ isList: token === '[', at: token === '[' ? 0 : undefined });
    else if (token === '}' || token === ']') places.pop();
    else if (token === ',') step(inside);
    else if (token[0] === '"') name(inside, token);
    else if (token !== ':' && isInexact(token)) found.push({ path: path(places), text: token });
  }
  return found;
}

function step(place: Place | undefined): void {
  if (place !== undefined) place.at = place.isList ? (place.at as number) + 1 : undefined;
}

/** A text is a name where none has come since the last comma. */
function name(place: Place | undefined, token: string): void {
  if (place !== undefined && place.at === undefined) place.at = JSON.parse(token) as string;
}

function isInexact(token: string): boolean {
  return token.length >= digitsMin && /^-?\d+$/.test(token) && BigInt(token) !== BigInt(Number(token));
}

function path(places: readonly Place[]): string {
  return places.map(({ isList, at }, depth) => (isList ? `[${at}]` : depth === 0 ? `${at}` : `.${at}`)).join('');
}
