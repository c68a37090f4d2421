import { asError, reason } from '../errors/index.js';
import type { Position } from '../positions/index.js';
import { type BatchEvent, DerivedEvent, replayHeaders } from '../streams/index.js';
import type { Batch, HeaderPair, Outgoing } from '../transport/index.js';
import { fingerprintOf } from './fingerprint.js';

/** The headers a dead letter has beside those of the original message. */
export const deadLetterHeaders = {
  topic: 'weir-topic',
  partition: 'weir-partition',
  offset: 'weir-offset',
  agent: 'weir-agent',
  attempts: 'weir-attempts',
  errorName: 'weir-error-name',
  errorCode: 'weir-error-code',
  errorMessage: 'weir-error-message',
  /** Equal for failures at the same place in the code: what dead letters are grouped by. */
  fingerprint: 'weir-fingerprint',
  failedAt: 'weir-failed-at',
  /** Of the original, in milliseconds since 1970: the topic may give its messages another, or refuse this one. */
  timestamp: 'weir-timestamp',
} as const;

/** Why a message was set aside. */
export interface Cause extends Position {
  readonly agent: string;
  /** How often it was tried. */
  readonly attempts: number;
  readonly error: { readonly name: string; readonly code: string | undefined; readonly message: string };
  readonly fingerprint: string;
  /** When it was set aside, in milliseconds since 1970. */
  readonly failedAt: number;
  /** The dead letter that was replayed and failed again, as `topic-partition-offset`. */
  readonly replayOf: string | undefined;
}

const ending = '-dead-letters';

/** The topic that takes what an app cannot process. */
export function deadLetterTopic(appId: string): string {
  return `${appId}${ending}`;
}

/** How a replayed message says whom it is for. The id of an app has no slash, the name of an agent may. */
export function replayAddress(appId: string, agent: string): string {
  return `${appId}/${agent}`;
}

/** Turns messages that cannot be processed into dead letters, byte for byte. */
export class DeadLetters {
  constructor(
    readonly topic: string,
    private readonly now: () => number,
  ) {}

  /**
   * The letter of an event.
   * @param isStampedAnew with the time of now: the topic has refused that of the original
   */
  letter(event: BatchEvent, agent: string, error: unknown, attempts: number, isStampedAnew = false): Outgoing {
    const { batch, index } = event;
    const timestamp = batch.timestamp(index);
    return {
      topic: this.topic,
      key: batch.key(index),
      value: batch.value(index),
      timestamp: timestamp < 0 || isStampedAnew ? undefined : timestamp,
      headers: [
        ...batch.headers(index).filter(([name]) => !ours.has(name)),
        ...(event instanceof DerivedEvent ? event.derived.letterHeaders() : []),
        ...this.#describe(event, agent, asError(error), attempts),
      ],
    };
  }

  /** Whether a message was replayed for somebody else: another agent of this app, or another app. */
  isForAnother(agent: string, batch: Batch, index: number): boolean {
    const address = batch
      .headers(index)
      .findLast(([name]) => name === replayHeaders.for)?.[1]
      ?.toString();
    return address !== undefined && address !== replayAddress(this.topic.slice(0, -ending.length), agent);
  }

  #describe(event: BatchEvent, agent: string, error: Error, attempts: number): HeaderPair[] {
    const {
      topic,
      partition,
      offset,
      agent: by,
      errorName,
      errorCode,
      errorMessage,
      fingerprint,
      failedAt,
      attempts: tries,
      timestamp,
    } = deadLetterHeaders;
    const code = codeOf(error);
    const madeAt = event.batch.timestamp(event.index);
    const values: [string, string | number][] = [
      [topic, event.topic],
      [partition, event.partition],
      [offset, event.position.offset],
      [by, agent],
      [tries, attempts],
      [errorName, short(error.name, 200)],
      ...(code === undefined ? [] : [[errorCode, short(code, 200)] as [string, string]]),
      [errorMessage, short(reason(error), 2_000)],
      [fingerprint, fingerprintOf(error)],
      [failedAt, new Date(this.now()).toISOString()],
      ...(madeAt < 0 ? [] : [[timestamp, madeAt] as [string, number]]),
    ];
    const replayed = event.batch.headers(event.index).filter(([name]) => name === replayHeaders.of);
    return [...values.map(([name, value]): HeaderPair => [name, Buffer.from(String(value))]), ...replayed];
  }
}

/** An error may say anything, and the dead letter must fit in a message. */
function short(text: unknown, length: number): string {
  return String(text).slice(0, length);
}

const ours = new Set<string>([...Object.values(deadLetterHeaders), ...Object.values(replayHeaders)]);

/** Reads the cause back from the headers of a dead letter; undefined when they are not those of one. */
export function causeOf(headers: readonly HeaderPair[]): Cause | undefined {
  const text = new Map(headers.map(([name, value]) => [name, value?.toString() ?? '']));
  const get = (name: keyof typeof deadLetterHeaders) => text.get(deadLetterHeaders[name]);
  const topic = get('topic');
  if (topic === undefined) return undefined;
  return {
    topic,
    partition: Number(get('partition')),
    offset: Number(get('offset')),
    agent: get('agent') ?? '',
    attempts: Number(get('attempts')),
    error: { name: get('errorName') ?? 'Error', code: get('errorCode'), message: get('errorMessage') ?? '' },
    fingerprint: get('fingerprint') ?? '',
    failedAt: Date.parse(get('failedAt') ?? ''),
    replayOf: text.get(replayHeaders.of),
  };
}

/** When the message was made that was set aside, in milliseconds since 1970. @param of the dead letter, which has the same where its topic takes it */
export function originalTimestamp(headers: readonly HeaderPair[], of: number): number {
  const header = headers.findLast(([name]) => name === deadLetterHeaders.timestamp)?.[1]?.toString();
  return header !== undefined && /^\d+$/.test(header) ? Number(header) : of;
}

/** The headers of the message as it was before it was set aside. */
export function originalHeaders(headers: readonly HeaderPair[]): HeaderPair[] {
  return headers.filter(([name]) => !ours.has(name));
}

function codeOf(error: Error): string | undefined {
  try {
    const { code } = error as { readonly code?: unknown };
    return typeof code === 'string' || typeof code === 'number' ? String(code) : undefined;
  } catch {
    return undefined;
  }
}
