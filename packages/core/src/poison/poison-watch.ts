import path from 'node:path';
import type { Logger } from 'pino';
import { type Attempt, currentExecution } from '../attempts/index.js';
import { reason } from '../errors/index.js';
import type { CrashWatch, LaneGuard } from '../lanes/index.js';
import type { TopicPartition } from '../positions/index.js';
import type { Cancel, Clock } from '../time/index.js';
import { CrashCounts, type OffsetRange } from './crash-counts.js';
import { CrashJournal, type Line } from './crash-journal.js';
import { Turns } from './turns.js';

/** For how long after a crash it is noted what is in flight: it costs two writes to a file for each attempt. */
const watchMs = 60_000;
/** After so many crashes that are remembered it is said where to look. */
const manyCrashes = 8;
/** An event that was in flight at so many crashes has the process to itself. */
const aloneFrom = 2;

/** The watches of this process that have not ended. */
const watches = new Set<PoisonWatch>();
/** Of all workers of this process: a message that has it to itself runs beside none of theirs. */
const turns = new Turns();

/** What ends the process from within leaves time to say what was in flight. */
function noteAll(): void {
  for (const watch of watches) watch.noteAll();
}

/**
 * Finds poison messages: those that end the process. After a crash the worker notes which events are in flight. One that was so at two crashes runs with
 * nothing else under way in the process, so that the third crash tells which it was.
 */
export class PoisonWatch implements CrashWatch {
  readonly #journal: CrashJournal;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #guards = new Set<JournalGuard>();
  #cancel: Cancel = () => {};
  isOn: boolean;

  private constructor(folder: string, clock: Clock, logger: Logger) {
    this.#journal = CrashJournal.open(folder, clock.now(), (error) =>
      logger.warn({ error: reason(error) }, `cannot write to ${folder} any more: an input that ends the process may not be found`),
    );
    this.#clock = clock;
    this.#logger = logger;
    const crashes = this.#journal.crashes().length;
    this.isOn = crashes > 0;
    if (crashes >= manyCrashes)
      logger.error(
        `workers of this app have ended ${crashes} times within an hour without an orderly stop. An input that is found to do it is set aside; where none is, look at memory, at what handlers and services begin and do not wait for, and at who ends the process`,
      );
    if (this.isOn) {
      logger.warn('a worker of this app ended without an orderly stop: for a while it is noted which events are in flight');
      this.#journal.setNoting(true);
      this.#stopLater();
    }
    if (watches.size === 0) process.on('exit', noteAll);
    watches.add(this);
  }

  /** Undefined where nothing can be written; that is said. */
  static open(datadir: string, clock: Clock, logger: Logger): PoisonWatch | undefined {
    const folder = path.join(datadir, 'crashes');
    try {
      return new PoisonWatch(folder, clock, logger);
    } catch (error) {
      logger.warn(
        { error: reason(error) },
        `cannot write to ${folder}: an input that ends the process again and again will not be found. Give a folder that can be written as datadir`,
      );
      return undefined;
    }
  }

  open(agent: string, at: TopicPartition, unfinished: () => OffsetRange | undefined): LaneGuard {
    const counts = new CrashCounts(this.#journal.crashes(), agent, at);
    const guard = new JournalGuard(this, this.#journal, { agent, ...at }, counts, unfinished);
    this.#guards.add(guard);
    return guard;
  }

  forget(guard: JournalGuard): void {
    this.#guards.delete(guard);
  }

  /** The process is asked to stop: how it ends no longer tells anything of its inputs. */
  close(): void {
    this.#end();
    this.#journal.close();
  }

  /** Leaves everything as a process would that was ended by what runs. */
  leave(): void {
    this.#end();
    this.#journal.leave();
  }

  /** The process ends from within. Whose code it was may be known, also after its event is done; where nothing was noted yet, what is unfinished may have been it. */
  noteAll(): void {
    const attempt = currentExecution()?.attempt;
    const noted = [...this.#guards].filter((guard) =>
      attempt === undefined ? !this.isOn && guard.noteUnfinished() : guard.noteOnly(attempt),
    );
    if (noted.length > 0) this.#journal.setNoting(true);
  }

  #end(): void {
    this.#cancel();
    this.isOn = false;
    watches.delete(this);
    if (watches.size === 0) process.off('exit', noteAll);
  }

  /** Notes go on while an event is in flight that was at the last look: it may be the one. */
  #stopLater(seen?: ReadonlyMap<JournalGuard, number | undefined>): void {
    this.#cancel = this.#clock.after(watchMs, () => {
      const oldest = new Map([...this.#guards].map((guard) => [guard, guard.oldest] as const));
      if ([...oldest].some(([guard, offset]) => offset !== undefined && (seen === undefined || seen.get(guard) === offset)))
        return this.#stopLater(oldest);
      this.#journal.setNoting(false);
      this.isOn = false;
      this.#logger.info('no input has ended the process again: it is no longer noted which events are in flight');
    });
  }
}

/** An attempt that is noted: called when it is over, or no longer counts. */
type Release = () => void;

/** Notes of one lane. */
class JournalGuard implements LaneGuard {
  readonly isolated: readonly OffsetRange[];
  readonly #free: Line[] = [];
  readonly #inFlight = new Set<Release>();
  /** What is in flight in a loop, by offsets. */
  readonly #entered = new Map<number, Release>();
  #isClosed = false;

  constructor(
    private readonly watch: PoisonWatch,
    private readonly journal: CrashJournal,
    private readonly of: TopicPartition & { readonly agent: string },
    private readonly counts: CrashCounts,
    private readonly unfinished: () => OffsetRange | undefined,
  ) {
    this.isolated = counts.isolated;
  }

  get isOn(): boolean {
    return this.watch.isOn;
  }

  get oldest(): number | undefined {
    return this.unfinished()?.from;
  }

  crashes(offset: number): number {
    return this.isolated.length === 0 ? 0 : this.counts.of(offset);
  }

  async wrap<T>(from: number, to: number, run: () => Promise<T>): Promise<T> {
    const release = await this.#begin(from, to, from === to && this.crashes(from) >= aloneFrom);
    try {
      return await run();
    } finally {
      release();
    }
  }

  async enter(offset: number): Promise<void> {
    this.#entered.set(offset, await this.#begin(offset, offset, false));
  }

  leave(offset: number): void {
    this.#entered.get(offset)?.();
    this.#entered.delete(offset);
  }

  /** Notes an attempt as soon as it may run. */
  async #begin(from: number, to: number, isAlone: boolean): Promise<Release> {
    await (isAlone ? turns.enterAlone() : turns.enter());
    const line = this.#free.pop() ?? this.#newLine();
    const release = () => {
      if (!this.#inFlight.delete(release)) return;
      this.journal.note(line);
      this.#free.push(line);
      if (isAlone) turns.leaveAlone();
      else turns.leave();
    };
    this.#inFlight.add(release);
    if (this.#isClosed) release();
    else this.journal.note(line, from, to);
    return release;
  }

  /** @returns whether there was anything to be noted */
  noteUnfinished(): boolean {
    const range = this.unfinished();
    if (range !== undefined) this.journal.note(this.#newLine(), range.from, range.to);
    return range !== undefined;
  }

  /** It was the code of one attempt. @returns whether that is one of this lane */
  noteOnly({ lane, from, to }: Attempt): boolean {
    for (const release of this.#inFlight) release();
    const isOurs = lane.agent.name === this.of.agent && lane.topic === this.of.topic && lane.partition === this.of.partition;
    if (isOurs) this.journal.note(this.#newLine(), from, to);
    return isOurs;
  }

  #newLine(): Line {
    return this.journal.line(this.of.agent, this.of);
  }

  /** What never comes to an end holds others up only for as long as its lane counts. */
  close(): void {
    this.#isClosed = true;
    this.watch.forget(this);
    for (const release of this.#inFlight) release();
  }
}
