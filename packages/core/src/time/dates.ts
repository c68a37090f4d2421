const pattern = /^(\d{4}|[+-]\d{6})-(\d{2})-(\d{2})(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})?)?$/;

/** A date of ISO 8601 in milliseconds; undefined for what is none. `Date.parse` finds dates in `order 1`, and takes the 30th of February. */
export function dateOf(text: string): number | undefined {
  const [, year, month, day] = pattern.exec(text) ?? [];
  if (year === undefined) return undefined;
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
  const isThere = date.getUTCMonth() === Number(month) - 1 && date.getUTCDate() === Number(day);
  const ms = Date.parse(text);
  return isThere && !Number.isNaN(ms) ? ms : undefined;
}
