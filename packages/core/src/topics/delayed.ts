import { show } from '../codecs/index.js';
import { changelogTopic } from '../definitions/index.js';
import { CodecError } from '../errors/index.js';
import type { HeaderPair, Outgoing } from '../transport/index.js';

/** The part of an app that moves delayed messages on. */
export const delayedPart = 'delayed';
/** The timers that they wait in. */
export const waitingName = 'waiting';

/** First among the headers of a delayed message: where it goes, and when. */
const delayedHeader = 'weir-delayed';

/** A delayed message waits as an entry of a changelog, which takes 1,048,588 bytes in all. */
const delayedBytesMax = 1_000_000;

/** The greatest time of a Date. */
const latest = 8_640_000_000_000_000;

/** Where a delayed message goes, and when. */
export interface Delay {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly topic: string;
  readonly partition?: number;
  /** What its sender gave. */
  readonly timestamp?: number;
}

/** The topic that delayed messages of an app are written to: those of all its versions. */
export function delayedTopic(appId: string): string {
  return `${appId}-${delayedPart}`;
}

/** That and the changelog in which they wait. */
export function delayedTopics(appId: string): string[] {
  return [delayedTopic(appId), changelogTopic(delayedTopic(appId), { name: waitingName })];
}

/** When a message is due, in milliseconds since 1970: never before its time. @throws CodecError for what is no time */
export function dueMs(at: number | Date): number {
  const ms = at instanceof Date ? at.getTime() : at;
  if (typeof ms === 'number' && ms >= 0 && ms <= latest) return Math.ceil(ms);
  const given = at instanceof Date ? 'a Date without a time' : show(at);
  throw new CodecError(`at must be milliseconds since 1970 or a Date, got ${given}. In five minutes is Date.now() + 300_000`);
}

/** A message as it is written to the topic of delayed ones: key, value and headers as they are. @throws CodecError where it is too large to wait */
export function delayed(message: Outgoing, at: number, to: string): Outgoing {
  const { topic, partition, timestamp, headers = [], ...payloads } = message;
  const delay: Delay = { at, topic, ...(partition !== undefined && { partition }), ...(timestamp !== undefined && { timestamp }) };
  const all: HeaderPair[] = [[delayedHeader, Buffer.from(JSON.stringify(delay))], ...headers];
  const bytes = [payloads.key, payloads.value, ...all.flat()].reduce((sum, each) => sum + (each === null ? 0 : Buffer.byteLength(each)), 0);
  if (bytes <= delayedBytesMax) return { ...payloads, topic: to, headers: all };
  throw new CodecError(
    `a delayed message to ${topic} takes ${bytes} bytes with its headers, and ${delayedBytesMax} at most can wait. Send where its content is to be found`,
  );
}

/** What `delayed` has added to a message, and the headers without it; undefined for one that was not delayed. */
export function delayOf(pairs: readonly HeaderPair[]): { readonly delay: Delay; readonly headers: readonly HeaderPair[] } | undefined {
  const [[name, value] = ['', null], ...headers] = pairs;
  if (name !== delayedHeader || value === null) return undefined;
  const delay: Partial<Delay> = JSON.parse(String(value));
  return typeof delay.at === 'number' && typeof delay.topic === 'string' ? { delay: delay as Delay, headers } : undefined;
}
