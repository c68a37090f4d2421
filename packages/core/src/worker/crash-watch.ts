import path from 'node:path';
import type { Logger } from 'pino';
import { type Blame, type CrashWatch, type Hand, type Trail, trails } from '../agents/index.js';
import { reason, type TopicPartition } from '../errors/index.js';
import type { Tracker } from '../streams/index.js';
import type { Cancel, Clock } from '../time/index.js';
import { Suspicion } from './crash-facts.js';
import { CrashJournal, type Place } from './crash-journal.js';
import { OwnCode } from './own-code.js';

/** For how long after a crash it is noted what is in hand: it costs a write to a file for each event. */
const watchMs = 60_000;

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
  #alone: { readonly code: OwnCode; readonly note: (isRunning: boolean) => void } | undefined;
  #running: Promise<unknown> = Promise.resolve();

  private constructor(folder: string, clock: Clock, logger: Logger) {
    const journal = CrashJournal.open(folder, clock.now(), (error) =>
      logger.warn({ error: reason(error) }, `cannot write to ${folder} any more: an input that ends the process may not be found`),
    );
    this.#journal = journal;
    this.#clock = clock;
    this.#logger = logger;
    this.#isNoting = journal.crashes().length > 0;
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
    const places = this.#hands.get(name)?.places ?? new Places(() => this.#journal.place(agent, at));
    const hand = new LaneHand(this.#journal, places, tracker, isTold, this.#suspicion(name, agent, at));
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
      const { first } = (hand as LaneHand).places;
      const note = (isRunning: boolean) => this.#journal.noteAlone(first, offset, isRunning);
      const code = new OwnCode(note);
      this.#alone = { code, note };
      try {
        return await code.run(run);
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
    this.#alone?.note(true);
    this.#journal.leave();
  }

  /** The process ends from within: notes whose doing it is, or else what it may have been. */
  noteAll(): void {
    const trail = trails.getStore();
    if (trail?.hand instanceof LaneHand && trail.hand.isToCome(trail.to)) this.#noteOnly(trail.hand, trail);
    else for (const hand of this.#hands.values()) hand.noteLast();
    this.#journal.setNoting(true);
  }

  /** Whose code it was that has ended the process: no other event has to do with it. */
  #noteOnly({ journal, places }: LaneHand, { from, to }: Trail): void {
    for (const hand of this.#hands.values()) hand.close();
    this.#journal.noteAlone();
    // It may be an event of another worker in this process.
    if (journal !== this.#journal) return;
    journal.note(places.first, from, to);
    if (from === to) journal.noteAlone(places.first, from, true);
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
      const hands = [...this.#hands.values()];
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

/** The lines of one lane in the journal: one, and more where several events are in hand at once. They are used again. */
class Places {
  readonly first: Place;
  readonly #free: Place[] = [];

  constructor(private readonly open: () => Place) {
    this.first = open();
  }

  take(): Place {
    return this.#free.pop() ?? this.open();
  }

  giveBack(place: Place): void {
    this.#free.push(place);
  }
}

/** What one lane has in hand. */
class LaneHand implements Hand {
  /** Where each event stands that a lane has told of. */
  readonly #told = new Map<number, Place>();
  /** What it had in hand no longer counts. */
  isClosed = false;
  isNoting = false;

  constructor(
    readonly journal: CrashJournal,
    readonly places: Places,
    private readonly tracker: Tracker,
    private readonly isTold: boolean,
    readonly suspicion: Suspicion,
  ) {}

  get suspectUntil(): number {
    return this.suspicion.until;
  }

  blame(offset: number): Blame {
    return this.suspicion.of(offset);
  }

  get oldest(): number | undefined {
    return this.tracker.oldest;
  }

  begins(offset: number): void {
    if (!this.isNoting || !this.isTold) return;
    const place = this.places.take();
    this.#told.set(offset, place);
    this.journal.note(place, offset);
  }

  ends(offset: number): void {
    const place = this.#told.get(offset);
    if (place === undefined) return;
    this.#told.delete(offset);
    this.journal.note(place);
    this.places.giveBack(place);
  }

  /** An error of which it is not known whose it is may also come from what is finished: from something that nobody has waited for. */
  noteLast(): void {
    if (!this.isNoting && !this.isClosed && this.isToCome(this.tracker.latest))
      this.journal.note(this.places.first, this.tracker.base, this.tracker.latest);
  }

  /** Whether an event would be read again. */
  isToCome(offset = -1): boolean {
    return offset >= this.tracker.base && this.tracker.base !== -1;
  }

  noteChanges(): void {
    this.isNoting = true;
    if (!this.isTold) this.tracker.changed = () => this.journal.note(this.places.first, this.tracker.oldest, this.tracker.newest);
  }

  ignoreChanges(): void {
    this.isNoting = false;
    this.tracker.changed = undefined;
  }

  close(): void {
    this.isClosed = true;
    this.ignoreChanges();
    for (const offset of [...this.#told.keys()]) this.ends(offset);
    this.journal.note(this.places.first);
  }
}
