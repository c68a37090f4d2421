import type { CompletedOffsets } from './completed-offsets.js';

/** By the names of agents: what each has completed, where that goes beyond the commit point. */
export type CompletedBy = ReadonlyMap<string, CompletedOffsets>;

/** As it stands in the metadata of an offset, a bit for each event that an agent has left out; undefined when there is nothing to be noted. */
export function writeCompleted(completed: CompletedBy): string | undefined {
  if (completed.size === 0) return undefined;
  const notes = [...completed].sort(([one], [other]) => (one < other ? -1 : 1)).map(([agent, offsets]) => [agent, noteOf(offsets)]);
  return JSON.stringify({ weir: Object.fromEntries(notes) });
}

/** Reads it back; nothing from what somebody else has noted. */
export function readCompleted(metadata: string | undefined): CompletedBy {
  if (metadata === undefined || !metadata.startsWith('{"weir":')) return new Map();
  try {
    const { weir } = JSON.parse(metadata) as { readonly weir: Readonly<Record<string, unknown>> };
    return new Map(Object.entries(weir).flatMap(([agent, note]) => (isNote(note) ? [[agent, offsetsOf(note)]] : [])));
  } catch {
    return new Map();
  }
}

/** Up to where; and if something was left out on the way, from where on, and what as bits in base64. */
type Note = number | readonly [to: number, from: number, bits: string];

function noteOf({ to, except }: CompletedOffsets): Note {
  if (except.length === 0) return to;
  const [from] = except;
  const bits = Buffer.alloc(Math.ceil((except[except.length - 1] - from + 1) / 8));
  for (const offset of except) bits[(offset - from) >> 3] |= 1 << ((offset - from) & 7);
  return [to, from, bits.toString('base64')];
}

function offsetsOf(note: Note): CompletedOffsets {
  if (typeof note === 'number') return { to: note, except: [] };
  const [to, from, text] = note;
  const except: number[] = [];
  for (const [index, byte] of Buffer.from(text, 'base64').entries())
    for (let bit = 0; bit < 8; bit++) if ((byte & (1 << bit)) !== 0) except.push(from + index * 8 + bit);
  return { to, except };
}

function isNote(note: unknown): note is Note {
  if (!Array.isArray(note)) return Number.isSafeInteger(note);
  return note.length === 3 && Number.isSafeInteger(note[0]) && Number.isSafeInteger(note[1]) && typeof note[2] === 'string';
}
