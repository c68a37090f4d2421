const limit = 80;

/** A value as it stands in an error message: on one line, at most some 80 characters. */
export function show(value: unknown): string {
  // A byte order mark is not to be seen, and \s takes it for a space.
  const text = render(value).replaceAll('\uFEFF', '\\uFEFF').replace(/\s+/g, ' ');
  return text.length <= limit ? text : `${text.slice(0, limit - 1)}…`;
}

function render(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'string') return `'${value.slice(0, limit + 1)}'`;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'an invalid date' : value.toISOString();
  if (typeof value === 'function') return `the function ${value.name}`;
  if (typeof value === 'bigint') return `${value}n`;
  if (ArrayBuffer.isView(value)) return `${value.byteLength} bytes`;
  if (typeof value !== 'object' || value === null) return String(value);
  return json(value);
}

function json(value: object): string {
  try {
    return JSON.stringify(value) ?? 'an object';
  } catch {
    return Array.isArray(value) ? 'an array' : 'an object';
  }
}
