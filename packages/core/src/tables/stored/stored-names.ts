/** What the parts of a table are called in a store. Entries that expire are written otherwise, and so under another name: who knows nothing of it leaves them alone. */
const timed = '~timed';
const expiry = '~expiry';

export function timedOf(storedAs: string): string {
  return `${storedAs}${timed}`;
}

/** Of the order in which entries expire. */
export function indexOf(storedAs: string): string {
  return `${storedAs}${expiry}`;
}

/** What there may be of a table in a store, in this form or the other. */
export function namesOf(storedAs: string): readonly string[] {
  return [storedAs, timedOf(storedAs), indexOf(storedAs)];
}

/** A table of a store that has a note. */
export interface NotedTable {
  /** What it is stored as. */
  readonly storedAs: string;
  /** All that belongs to the note. */
  readonly parts: readonly string[];
}

export function notedTable(name: string): NotedTable {
  if (!name.endsWith(timed)) return { storedAs: name, parts: [name] };
  const storedAs = name.slice(0, -timed.length);
  return { storedAs, parts: [name, indexOf(storedAs)] };
}
