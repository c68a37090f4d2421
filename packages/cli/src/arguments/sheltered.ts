/** What no argument begins with: a process cannot be given a NUL, so this is as good as one, and yargs takes it for plain text. */
const shelter = '\u0000';

/** Hides from yargs what it would lose or take for options: a lone `-`, and everything after `--`. */
export function sheltered(args: readonly string[]): string[] {
  const end = args.indexOf('--');
  const before = end === -1 ? args : args.slice(0, end);
  const after = end === -1 ? [] : args.slice(end + 1);
  return [...before.map((arg) => (arg === '-' ? shelter + arg : arg)), ...after.map((arg) => shelter + arg)];
}

/** The arguments as they were given. */
export function unsheltered<T extends object>(given: T): T {
  return Object.fromEntries(Object.entries(given).map(([name, value]) => [name, plain(value)])) as T;
}

function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  return typeof value === 'string' && value.startsWith(shelter) ? value.slice(shelter.length) : value;
}
