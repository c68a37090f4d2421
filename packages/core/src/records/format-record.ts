import type { Class } from '../metadata/index.js';

/** A record on one line: `<Registration: name='Eliška', surname='Najbrtová', id=4>`. Fields without a value are left out. */
export function formatRecord(record: object): string {
  return format(record, new Set());
}

/** Gives a class `formatRecord` as its `toString`, unless it or a class that it extends has one of its own. */
export function defineToString(record: Class): void {
  if ((record.prototype as object).toString !== Object.prototype.toString) return;
  Object.defineProperty(record.prototype, 'toString', {
    value(this: object) {
      return formatRecord(this);
    },
    enumerable: false,
    configurable: true,
    writable: true,
  });
}

function format(value: unknown, within: Set<object>): string {
  if (typeof value === 'string') return quote(value);
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value !== 'object' || value === null) return String(value);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString();
  if (ArrayBuffer.isView(value)) return `<${value.byteLength} bytes>`;
  if (within.has(value)) return '…';
  within.add(value);
  const text = composite(value, within);
  within.delete(value);
  return text;
}

function composite(value: object, within: Set<object>): string {
  if (Array.isArray(value)) return `[${value.map((item) => format(item, within)).join(', ')}]`;
  const fields = Object.entries(value).filter(([, field]) => field !== undefined && typeof field !== 'function');
  const prototype = Object.getPrototypeOf(value) as object | null;
  if (prototype === null || prototype === Object.prototype)
    return `{${fields.map(([name, field]) => `${name}: ${format(field, within)}`).join(', ')}}`;
  const shown = fields.map(([name, field]) => `${name}=${format(field, within)}`).join(', ');
  return `<${value.constructor.name}${shown === '' ? '' : `: ${shown}`}>`;
}

const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', "'": "\\'", '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function quote(text: string): string {
  const escaped = text.replace(/[\\']|\p{Cc}/gu, (each) => escapes[each] ?? `\\x${each.charCodeAt(0).toString(16).padStart(2, '0')}`);
  return `'${escaped}'`;
}
