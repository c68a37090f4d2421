import { isUtf8 } from 'node:buffer';

/** A key or value as it stands in a line: text with control characters escaped, `null`, or bytes that are no text as `0x…`. */
export function showBytes(bytes: Buffer | null): string {
  if (bytes === null) return 'null';
  if (!isUtf8(bytes)) return `0x${bytes.toString('hex')}`;
  return escapeControls(bytes.toString());
}

/** A key or value for JSON: text, `null`, or `{ base64 }` for bytes that are no text. */
export function plainBytes(bytes: Buffer | null): string | null | { readonly base64: string } {
  if (bytes === null) return null;
  return isUtf8(bytes) ? bytes.toString() : { base64: bytes.toString('base64') };
}

/** A value as JSON text on one line: JSON as it is, other text as a string, bytes as `plainBytes`. */
export function jsonOf(bytes: Buffer | null): string {
  const plain = plainBytes(bytes);
  if (typeof plain !== 'string') return JSON.stringify(plain);
  try {
    JSON.parse(plain);
  } catch {
    return JSON.stringify(plain);
  }
  // Line breaks stand only between the parts of JSON.
  return plain.trim().replace(/[\r\n]+/g, ' ');
}

/** What a terminal would obey is shown instead: C0 and C1 controls, and what reverses the direction of text. */
export function escapeControls(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, (character) => {
    if (character === '\n') return '\\n';
    if (character === '\t') return '\\t';
    if (character === '\r') return '\\r';
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}
