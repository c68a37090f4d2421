import { url as inspected } from 'node:inspector';
import { Worker } from 'node:worker_threads';
import { type Logger, pino } from 'pino';
import { reason } from '../errors/index.js';
import type { RecentEvents, SharedEvents } from '../lanes/index.js';

const beatMs = 500;
const tickMs = 1_000;
/** After so many ticks without a beat it is said that the thread is blocked. */
const saysAfter = 5;
/** What the shared counter holds: 68 years. */
const mostTicks = 2 ** 31 - 1;

/** What the other thread is given. */
interface Guarded extends SharedEvents {
  /** Counts up while this thread runs; the second says whether a debugger may have halted it. */
  readonly beats: Int32Array<SharedArrayBuffer>;
  /** Of the lanes, by their numbers; further ones are told. */
  readonly names: string[];
  readonly pid: number;
  /** Where the log goes. */
  readonly fd: number;
  readonly isSilent: boolean;
  /** What each of its lines has. */
  readonly bindings: object;
  /** Touched at each tick. */
  readonly notes: readonly string[];
  readonly tickMs: number;
  readonly saysAfter: number;
  /** After so many ticks without a beat the process is ended. */
  readonly endsAfter: Int32Array<SharedArrayBuffer>;
}

export interface ThreadGuardParts {
  readonly recent: RecentEvents;
  readonly logger: Logger;
  /** Files that tell by their time that the process is alive: also while its thread is blocked, the Kafka client goes on. @default none */
  readonly notes?: readonly string[];
  /** For how long the thread may be blocked, in milliseconds. */
  readonly limitMs: number;
}

/**
 * Watches this thread from another one: while a handler does not give it back, nobody here can say so, or hear a signal. It is said whose event has begun
 * last, and after `limitMs` the process is ended, which is then dealt with as any crash. A process that was halted was so with both its threads.
 */
export class ThreadGuard {
  readonly #thread: Worker;
  readonly #timer: NodeJS.Timeout;
  readonly #endsAfter = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));

  constructor({ recent, logger, notes = [], limitMs }: ThreadGuardParts) {
    const beats = new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT));
    const guarded: Guarded = {
      ...{ ...recent.events, names: recent.names, beats, tickMs, saysAfter },
      ...{ pid: process.pid, fd: descriptorOf(logger), isSilent: !logger.isLevelEnabled('error'), bindings: logger.bindings() },
      ...{ notes, endsAfter: this.#endsAfter },
    };
    this.limit(limitMs);
    // Its source travels as text: a bundler need not know of another file.
    this.#thread = new Worker(`(${guard})()`, {
      ...{ eval: true, workerData: guarded, execArgv: [], env: {}, name: 'weir-guard' },
      resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 4 },
    });
    this.#thread.unref();
    this.#thread.on('error', (error) =>
      logger.warn({ error: reason(error) }, 'no other thread watches this one: a handler that blocks it is named only afterwards'),
    );
    recent.numbered = (name) => this.#thread.postMessage(name);
    const beat = () => {
      beats[0]++;
      beats[1] = inspected() === undefined ? 0 : 1;
    };
    beat();
    this.#timer = setInterval(beat, beatMs).unref();
  }

  /** Says for how long the thread may be blocked from now on. */
  limit(ms: number): void {
    this.#endsAfter[0] = Math.min(mostTicks, Math.max(saysAfter + 1, Math.ceil(ms / tickMs)));
  }

  stop(): void {
    clearInterval(this.#timer);
    void this.#thread.terminate();
  }
}

/** Where lines go that are written past the logger: to its file, or to standard error. */
function descriptorOf(logger: Logger): number {
  const stream = (logger as unknown as Record<symbol, { readonly fd?: unknown } | undefined>)[pino.symbols.streamSym];
  return typeof stream?.fd === 'number' ? stream.fd : 2;
}

/** What the other thread does. It reaches nothing around it, and has no function in a variable: bundlers that keep names would reach for a helper. */
function guard(): void {
  const { workerData, parentPort } = process.getBuiltinModule('node:worker_threads');
  const { utimesSync, writeSync } = process.getBuiltinModule('node:fs');
  const { names, beats, count, lanes, offsets, pid, fd, isSilent, bindings, notes, tickMs, saysAfter, endsAfter } = workerData as Guarded;
  parentPort?.on('message', (name: string) => names.push(name));
  const log = {
    last(): string {
      const place = (count[0] - 1) % lanes.length;
      return count[0] === 0 ? '' : `. The last event that began was that of ${names[lanes[place]]}@${offsets[place]}`;
    },
    say(level: number, msg: string): void {
      if (isSilent) return;
      try {
        writeSync(fd, `${JSON.stringify({ level, time: Date.now(), pid, ...bindings, msg: `${msg}${log.last()}` })}\n`);
      } catch {
        // Nobody is there to hear it.
      }
    },
  };
  let seen = { beats: beats[0], begun: count[0] };
  let ticks = 0;
  setInterval(() => {
    for (const note of notes) {
      try {
        utimesSync(note, new Date(), new Date());
      } catch {
        // It is not there before the worker has joined its group, nor once it has left.
      }
    }
    // Handlers that follow one upon another leave no timer its turn, but each comes to its end.
    const isBlocked = beats[0] === seen.beats && count[0] === seen.begun && beats[1] === 0;
    seen = { beats: beats[0], begun: count[0] };
    ticks = isBlocked ? ticks + 1 : 0;
    const blocked = `the thread has been blocked for ${(ticks * tickMs) / 1_000} s`;
    if (ticks === saysAfter) log.say(50, `${blocked}: no handler, timer or poll can run, nor does it hear a signal`);
    if (ticks < endsAfter[0]) return;
    log.say(60, `${blocked}: the process is ended. A handler must give the thread back`);
    process.kill(pid, 'SIGKILL');
  }, tickMs);
}
