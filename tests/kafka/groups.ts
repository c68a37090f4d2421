import { Writable } from 'node:stream';
import { Worker } from '@weir/core';
import { type Logger, pino } from 'pino';

/** The three ways in which a group can share its partitions, at the pace of tests. */
const classic = { 'session.timeout.ms': 10_000, 'heartbeat.interval.ms': 300 };
export const protocols = [
  ['eager', { ...classic, 'partition.assignment.strategy': 'range' }],
  ['cooperative', classic],
  ['KIP-848', { 'group.protocol': 'consumer' }],
] as const;

/** Resolves its waiters whenever something happens. */
export class Happening {
  #waiting: (() => void)[] = [];

  note(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  async until(isTrue: () => boolean): Promise<void> {
    while (!isTrue()) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }
}

/** A worker in this process, and what it logged of its life. */
export class Life<T extends object = object> {
  static readonly #lives = new Set<Life>();

  private constructor(
    readonly worker: Worker,
    /** The instance of the app; the worker forgets it when it stops. */
    readonly app: T,
    readonly log: readonly string[],
  ) {}

  static async start<T extends object>(
    app: new (...args: never[]) => T,
    overrides: { readonly member?: string },
    happening: Happening,
  ): Promise<Life<T>> {
    const log: string[] = [];
    const worker = await Worker.start(app, { ...overrides, logger: logger(log, happening) });
    const life = new Life(worker, worker.get(app), log);
    Life.#lives.add(life);
    return life;
  }

  /** Stops those that a test has left running. */
  static async stopAll(): Promise<void> {
    await Promise.all([...Life.#lives].map((life) => life.stop()));
  }

  async stop(): Promise<void> {
    Life.#lives.delete(this);
    await this.worker.stop();
  }

  /** Lines about partitions that came or went. */
  get moves(): string[] {
    return this.log.filter((line) => /^(assigned|handed over|lost)/.test(line));
  }
}

function logger(log: string[], happening: Happening): Logger {
  const stream = new Writable({
    write(line: Buffer, _, done) {
      log.push((JSON.parse(String(line)) as { readonly msg: string }).msg);
      happening.note();
      done();
    },
  });
  return pino({ level: 'info' }, stream);
}
