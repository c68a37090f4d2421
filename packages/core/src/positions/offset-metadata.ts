import { createHash } from 'node:crypto';
import type { CompletedOffsets } from './completed-offsets.js';

/** By the names of agents: what each has completed, where that goes beyond the commit point. */
export type CompletedBy = ReadonlyMap<string, CompletedOffsets>;

/** The format that this version writes. What another version adds to it is left out when it is read; one that reads it otherwise has another number. */
const format = 1;

/** Characters that the names of a set may take. */
const setMax = 256;
/** What no name of a topic has: where names were left out. */
const cut = '…';

/** How far the event time of a topic has come, and the watermark of its partition group, in milliseconds since 1970. */
export interface NotedTime {
  readonly topic: number;
  readonly watermark: number;
}

/** Characters of the hashes of a name and of an id. */
const hashed = 5;
/** Changelogs that are noted of a partition. */
const logsMax = 32;

/** What is noted of a partition beside what its agents have completed. */
export interface PartitionNotes {
  /** See `setNote`. */
  readonly set?: string;
  /** See `logsNote`. */
  readonly logs?: string;
  /** Where the topic is read by event time. */
  readonly time?: NotedTime | undefined;
  /** See `Ticks`. */
  readonly tick?: string | undefined;
}

/** As it stands in the metadata of an offset, a bit for each event that an agent has left out; undefined when there is nothing to be noted. */
export function writeNotes(completed: CompletedBy, notes: PartitionNotes = {}): string | undefined {
  if (completed.size === 0 && Object.values(notes).every((each) => each === undefined)) return undefined;
  const { set, logs, time, tick } = notes;
  const done = [...completed].sort(([one], [other]) => (one < other ? -1 : 1)).map(([agent, offsets]) => [agent, noteOf(offsets)]);
  const times = time && [time.topic, Number.isFinite(time.watermark) ? time.watermark : null];
  return JSON.stringify({ v: format, set, logs, time: times, tick, ...(done.length > 0 && { done: Object.fromEntries(done) }) });
}

/** The topics of a co-partitioned set, its lead first, as they are noted: their names, and a hash where these are too long. Undefined of one topic, which is with no other. */
export function setNote(topics: readonly string[]): string | undefined {
  if (topics.length < 2) return undefined;
  const names = topics.join();
  return names.length <= setMax
    ? names
    : `${names.slice(0, setMax - 20)}${cut}${createHash('sha256').update(names).digest('hex').slice(0, 16)}`;
}

/** The set with which a topic was read when this was noted; undefined where it was with no other. */
export function readSet(metadata: string | undefined): string | undefined {
  const set = parsed(metadata)?.set;
  return typeof set === 'string' ? set : undefined;
}

/**
 * The changelogs of a partition group as they are noted: hashes of their names and of what tells them from others of the same names (KIP-516). Undefined where the broker
 * does not tell.
 */
export function logsNote(ids: ReadonlyMap<string, string>): string | undefined {
  if (ids.size === 0) return undefined;
  const sorted = [...ids].sort(([one], [other]) => (one < other ? -1 : 1)).slice(0, logsMax);
  return sorted.map(([name, id]) => shortHash(name) + shortHash(id)).join('');
}

/** The changelogs that were noted, as `logsNote` gave them; undefined where none were. */
export function readLogs(metadata: string | undefined): string | undefined {
  const logs = parsed(metadata)?.logs;
  return typeof logs === 'string' ? logs : undefined;
}

/** Which changelogs are others now than those that were noted under their names. One that was not noted is new. */
export function replacedLogs(noted: string | undefined, ids: ReadonlyMap<string, string>): string[] {
  const there = notedLogs(noted);
  return [...ids].flatMap(([name, id]) => {
    const former = there.get(shortHash(name));
    return former === undefined || former === shortHash(id) ? [] : [name];
  });
}

/** Whether a changelog of this name was noted; undefined where there were too many to note them all. */
export function isLogNoted(noted: string | undefined, name: string): boolean | undefined {
  const there = notedLogs(noted);
  return there.has(shortHash(name)) || (there.size < logsMax ? false : undefined);
}

/** By the hashes of their names. */
function notedLogs(noted: string | undefined): ReadonlyMap<string, string> {
  const each = noted?.match(new RegExp(`.{${2 * hashed}}`, 'g')) ?? [];
  return new Map(each.map((log) => [log.slice(0, hashed), log.slice(hashed)]));
}

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, hashed);
}

/** The same without what agents have completed: that saves work, and what else is noted is needed. */
export function withoutCompleted(metadata: string | undefined): string | undefined {
  const { set, logs } = parsed(metadata) ?? {};
  return writeNotes(new Map(), {
    ...(typeof set === 'string' && { set }),
    ...(typeof logs === 'string' && { logs }),
    time: readTime(metadata),
    tick: readTick(metadata),
  });
}

/** The ticks that were noted, as `Ticks` has them; undefined where none were. */
export function readTick(metadata: string | undefined): string | undefined {
  const tick = parsed(metadata)?.tick;
  return typeof tick === 'string' ? tick : undefined;
}

/**
 * Whether workers that read a topic with one set, and others that read it with another, never read the same: they have one lead, and what is read with it in the
 * new one only, nobody reads in the old one.
 * @param noted that of those that run
 */
export function areSetsCompatible(topic: string, noted: string | undefined, own: string | undefined): boolean {
  if (noted === own) return true;
  const [theirs, ours] = [noted ?? topic, own ?? topic].map((set) => set.split(','));
  const areWhole = ![noted, own].some((set) => set?.includes(cut));
  return areWhole && theirs[0] === ours[0] && theirs.every((each) => ours.includes(each));
}

/** Reads back how far time had come; undefined where that was not noted. */
export function readTime(metadata: string | undefined): NotedTime | undefined {
  const time = parsed(metadata)?.time;
  if (!Array.isArray(time) || typeof time[0] !== 'number') return undefined;
  return { topic: time[0], watermark: typeof time[1] === 'number' ? time[1] : Number.NEGATIVE_INFINITY };
}

/** Reads it back; nothing from what somebody else has noted. */
export function readCompleted(metadata: string | undefined): CompletedBy {
  const done = parsed(metadata)?.done ?? {};
  return new Map(Object.entries(done).flatMap(([agent, note]) => (isNote(note) ? [[agent, offsetsOf(note)]] : [])));
}

/** Whether a newer version has noted it, in a format that this one does not know: to pass over it would be to do again what is done. */
export function isOfNewerVersion(metadata: string | undefined): boolean {
  return (parsed(metadata)?.v ?? 0) > format;
}

interface Notes {
  readonly v: number;
  readonly set?: unknown;
  readonly time?: unknown;
  readonly tick?: unknown;
  readonly logs?: unknown;
  readonly done?: Readonly<Record<string, unknown>>;
}

function parsed(metadata: string | undefined): Notes | undefined {
  if (metadata === undefined || !/^\{"(v|weir)":/.test(metadata)) return undefined;
  try {
    const notes = JSON.parse(metadata) as Notes & { readonly weir?: Notes['done'] };
    // Before the format had a number.
    return notes.weir === undefined ? notes : { v: 0, done: notes.weir };
  } catch {
    return undefined;
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
