/** What stands for what must not be shown. */
const hidden = '***';

/** Whether an option, a property or a variable of this name holds what nobody else may read. */
export function isSecret(name: string): boolean {
  return /pass?w|passphrase|secret|token|credential|jaas|private|\.pem\b|api.?key/i.test(name);
}

/** A text without the user and password of the URLs in it. A password may hold a slash and an @ itself. */
export function withoutCredentials(text: string): string {
  return text.replace(/([a-z][a-z+.-]*:\/\/)[^\s'"]*@/gi, `$1${hidden}@`);
}

/** A value as it may stand in a message. @param name of what it is the value of */
export function showValue(name: string, value: unknown): string {
  if (value !== undefined && value !== null && isSecret(name)) return `a value that is not shown`;
  if (typeof value === 'string') return `'${withoutCredentials(value)}'`;
  if (typeof value === 'function') return value.name || 'a function';
  if (typeof value !== 'object' || value === null) return String(value);
  return withoutCredentials(JSON.stringify(value, (key, each: unknown) => (isSecret(key) ? hidden : each)) ?? 'an object');
}
