import path from 'node:path';
import type { Logger } from 'pino';
import { type CrashWatch, type Hand, type Trail, trails } from '../agents/index.js';
import { reason, type TopicPartition } from '../errors/index.js';
import type { Tracker } from '../streams/index.js';
import type { Cancel, Clock } from '../time/index.js';
import { type CodeState, Suspicion } from './crash-facts.js';
import { CrashJournal } from './crash-journal.js';
import { LaneHand, Lines } from './lane-hand.js';
import { OwnCode } from './own-code.js';

/** For how long after a crash it is noted what is in hand: it costs a write to a file for each event. */
const watchMs = 60_000;

/** After so many crashes that are remembered it is said where to look. */
const manyCrashes = 8;
/** For how long an event keeps others waiting that was done already when its error came. */
const lateMs = 500;

/** The watches of this process that have not ended. */
const watches = new Set<FileCrashWatch>();

/** What ends the process from within leaves time to say what was in hand. */
function noteAll(): void {
  for (const watch of watches) watch.noteAll();
}

/**
 * Finds out which input ends the process. After a crash the lanes note what they have in hand; what was in hand at two of them runs alone, and at the third
 * it is known which one it was. What an uncaught error or `process.exit` ends is known the first time.
 */
export class FileCrashWatch implements CrashWatch {
  readonly #journal: CrashJournal;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #hands = new Map<string, LaneHand>();
  #isNoting: boolean;
  #cancel: Cancel = () => {};
  /** The try that runs alone. */
  #alone: Alone | undefined;
  /** Events that have begun while notes were taken. */
  #begun = 0;
  #running: Promise<unknown> = Promise.resolve();

  private constructor(folder: string, clock: Clock, logger: Logger) {
    const journal = CrashJournal.open(folder, clock.now(), (error) =>
      logger.warn({ error: reason(error) }, `cannot write to ${folder} any more: an input that ends the process may not be found`),
    );
    this.#journal = journal;
    this.#clock = clock;
    this.#logger = logger;
    const crashes = journal.crashes().length;
    this.#isNoting = crashes > 0;
    if (crashes >= manyCrashes)
      logger.error(
        `workers of this app have ended ${crashes} times within an hour without an orderly stop. An input that is found to do it is set aside; where none is, look at memory, at what handlers and services begin and do not wait for, and at who ends the process`,
      );
    if (this.#isNoting) {
      logger.warn('a worker of this app ended without an orderly stop: for a while it is noted what each handler works on');
      journal.setNoting(true);
      this.#stopNotingLater();
    }
    if (watches.size === 0) process.on('exit', noteAll);
    watches.add(this);
  }

  /** Undefined where nothing can be written; that is said. */
  static open(datadir: string, clock: Clock, logger: Logger): FileCrashWatch | undefined {
    const folder = path.join(datadir, 'crashes');
    try {
      return new FileCrashWatch(folder, clock, logger);
    } catch (error) {
      logger.warn(
        { error: reason(error) },
        `cannot write to ${folder}: an input that ends the process again and again will not be found. Give a folder that can be written as datadir`,
      );
      return undefined;
    }
  }

  open(agent: string, at: TopicPartition, tracker: Tracker, isTold: boolean): Hand {
    const name = `${agent} ${at.topic} ${at.partition}`;
    const lines = this.#hands.get(name)?.lines ?? new Lines(() => this.#journal.line(agent, at));
    const began = () => void this.#begun++;
    const hand = new LaneHand(this.#journal, lines, tracker, isTold, this.#suspicion(name, agent, at), began);
    this.#hands.set(name, hand);
    if (this.#isNoting) hand.noteChanges();
    return hand;
  }

  /** Lanes are opened again and again, and crashes are few. */
  #suspicion(name: string, agent: string, at: TopicPartition): Suspicion {
    const crashes = this.#journal.crashes();
    const known = this.#hands.get(name)?.suspicion;
    return known?.crashes === crashes ? known : new Suspicion(crashes, agent, at);
  }

  alone<T>(hand: Hand, offset: number, ready: () => Promise<void>, run: () => Promise<T>): Promise<T> {
    const running = this.#running.then(async () => {
      await ready();
      const { first } = (hand as LaneHand).lines;
      const alone = new Alone(hand, offset, (state) => this.#journal.noteAlone(first, offset, state));
      this.#alone = alone;
      try {
        const outcome = await new OwnCode((isRunning) => alone.runs(isRunning)).run(run);
        alone.doneAt = this.#begun;
        // What it has begun may end the process a little later, and then it is to be known that it was this one.
        if (hand.blame(offset).isLate) await this.#clock.sleep(lateMs);
        return outcome;
      } finally {
        this.#alone = undefined;
        this.#journal.noteAlone();
      }
    });
    this.#running = running.catch(() => undefined);
    return running;
  }

  /** The process is asked to stop: how it ends no longer tells anything of its inputs. */
  close(): void {
    this.#end();
    this.#journal.close();
  }

  /** Leaves everything as a process would that was ended by what runs. */
  leave(): void {
    this.#end();
    this.#alone?.runs(true);
    this.#journal.leave();
  }

  /** The process ends from within: notes whose doing it is, or else what it may have been. */
  noteAll(): void {
    const trail = trails.getStore();
    if (trail?.hand instanceof LaneHand) this.#noteTrail(trail.hand, trail);
    else if (!this.#isNoting) for (const hand of this.#hands.values()) hand.noteLast();
    // From a timer of a service, say: whoever only waits has nothing to do with it.
    else if (this.#alone?.isRunning !== true) this.#journal.noteAlone();
    this.#journal.setNoting(true);
  }

  /**
   * Whose code it was that has ended the process. Of an event in hand no other has to do with it; one that is done may have begun something for others, such as a timer
   * after which the rows of all of them are written.
   */
  #noteTrail(hand: LaneHand, { from, to }: Trail): void {
    const isSure = from === to && this.#isSure(hand, to);
    if (isSure) for (const other of this.#hands.values()) other.close();
    this.#journal.noteAlone();
    // It may be an event of another worker in this process, or one that does not come again.
    if (hand.journal !== this.#journal || !hand.isToCome(to)) return;
    const line = hand.lines.take();
    this.#journal.note(line, from, to);
    if (from === to) this.#journal.noteAlone(line, from, isSure ? 'runs' : 'late');
  }

  /** Whether it cannot have been for another event that the code of this one did it. */
  #isSure(hand: LaneHand, offset: number): boolean {
    return this.#alone?.is(hand, offset) === true ? this.#alone.isByItself(this.#begun) : hand.has(offset);
  }

  #end(): void {
    this.#cancel();
    watches.delete(this);
    if (watches.size === 0) process.off('exit', noteAll);
    this.#stopNoting();
  }

  /** Notes go on while an event is in hand that was at the last look: it may be the one. */
  #stopNotingLater(seen?: ReadonlyMap<LaneHand, number | undefined>): void {
    this.#cancel = this.#clock.after(watchMs, () => {
      const hands = [...this.#hands.values()].filter(({ isClosed }) => !isClosed);
      if (hands.some((hand) => hand.oldest !== undefined && (seen === undefined || seen.get(hand) === hand.oldest)))
        return this.#stopNotingLater(new Map(hands.map((hand) => [hand, hand.oldest])));
      this.#journal.setNoting(false);
      this.#stopNoting();
      this.#logger.info('no input has ended the process again: notes are no longer taken');
    });
  }

  #stopNoting(): void {
    this.#isNoting = false;
    // Node follows every promise of the process while trails are left.
    if (![...watches].some((watch) => watch.#isNoting)) trails.disable();
    for (const hand of this.#hands.values()) hand.ignoreChanges();
  }
}

/** A try that runs alone, and what is noted of it. */
class Alone {
  isRunning = false;
  /** How many events had begun when it was done, if it is. */
  doneAt: number | undefined;

  constructor(
    readonly hand: Hand,
    readonly offset: number,
    private readonly note: (state: CodeState) => void,
  ) {
    note('waits');
  }

  runs(isRunning: boolean): void {
    this.isRunning = isRunning;
    this.note(isRunning ? 'runs' : 'waits');
  }

  is(hand: Hand, offset: number): boolean {
    return this.hand === hand && this.offset === offset;
  }

  /** Whether what it has begun can have been for no other event. */
  isByItself(begun: number): boolean {
    return this.doneAt === undefined || this.doneAt === begun;
  }
}
