import pino from 'pino';
import { Observers, type WorkerObserver, workerLog } from '../observers/index.js';
import type { Progress, ProgressPort, Undelivered } from './index.js';

export const progressOf = (offset: number, partition = 3, metadata?: string): Progress => ({
  positions: [{ topic: 'orders', partition, offset, ...(metadata !== undefined && { metadata }) }],
});

/** The progress of partitions that a test sets, and what it was told. */
export class RecordingProgress implements ProgressPort {
  /** What is completed. */
  completed: Progress[] = [];
  /** Partitions that are not ours, or were not all the time. */
  readonly lost = new Set<number>();
  readonly events: string[];
  unfinished: string[] = [];
  undelivered: readonly Undelivered[] | 'unknown' | undefined;
  why: Error | undefined;

  /** @param events where it is noted what happens, in order */
  constructor(events: string[] = []) {
    this.events = events;
  }

  note(): readonly Progress[] {
    this.events.push('note');
    return this.completed;
  }

  stillOurs(noted: readonly Progress[]): readonly Progress[] {
    return noted.filter(({ positions }) => positions.every(({ partition }) => !this.lost.has(partition)));
  }

  /** Nothing of a partition that has anything undelivered. */
  without(noted: readonly Progress[], undelivered: readonly Undelivered[]): readonly Progress[] {
    return noted.filter(({ positions }) => undelivered.every((each) => positions.every(({ partition }) => partition !== each.partition)));
  }

  committed(noted: readonly Progress[]): void {
    this.events.push(`progress committed ${offsets(noted)}`);
  }

  async runAgain(why: Error, undelivered: readonly Undelivered[]): Promise<void> {
    this.#undone('runs again', why, undelivered);
  }

  async rewind(why: Error, undelivered: readonly Undelivered[] | 'unknown'): Promise<void> {
    this.#undone('rewind', why, undelivered);
  }

  #undone(how: string, why: Error, undelivered: readonly Undelivered[] | 'unknown'): void {
    this.events.push(how);
    this.why = why;
    this.undelivered = undelivered;
  }

  hurry(): void {
    this.events.push('hurry');
  }

  running(): readonly string[] {
    return this.unfinished;
  }
}

const offsets = (noted: readonly Progress[]) =>
  noted.flatMap(({ positions }) => positions.map(({ offset }) => offset)).join(', ') || 'nothing';

/** A log that is kept, and observers that write to it. */
export interface Listening {
  readonly logger: pino.Logger;
  readonly said: (Record<string, unknown> & { readonly msg: string })[];
  readonly observers: Observers;
}

export function listening(...others: readonly WorkerObserver[]): Listening {
  const said: (Record<string, unknown> & { readonly msg: string })[] = [];
  const logger = pino({ level: 'warn', base: null, timestamp: false }, { write: (line: string) => void said.push(JSON.parse(line)) });
  return { logger, said, observers: new Observers([workerLog(logger), ...others], logger) };
}
