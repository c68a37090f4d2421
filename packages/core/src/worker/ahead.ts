/** By the names of agents: the offset below which one has nothing left to do, where that is beyond the commit point. */
export type Ahead = ReadonlyMap<string, number>;

/** As it stands in the metadata of an offset; undefined when there is nothing to be noted. */
export function writeAhead(ahead: Ahead): string | undefined {
  return ahead.size === 0
    ? undefined
    : JSON.stringify({ weir: Object.fromEntries([...ahead].sort(([one], [other]) => (one < other ? -1 : 1))) });
}

/** Reads it back; nothing from what somebody else has noted. */
export function readAhead(metadata: string | undefined): Ahead {
  if (metadata === undefined || !metadata.startsWith('{"weir":')) return new Map();
  try {
    const { weir } = JSON.parse(metadata) as { readonly weir: Readonly<Record<string, unknown>> };
    return new Map(Object.entries(weir).filter((entry): entry is [string, number] => Number.isSafeInteger(entry[1])));
  } catch {
    return new Map();
  }
}
