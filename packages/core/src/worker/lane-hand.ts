import type { Blame, Hand } from '../agents/index.js';
import type { Tracker } from '../streams/index.js';
import type { Suspicion } from './crash-facts.js';
import type { CrashJournal, Line } from './crash-journal.js';

/** The lines of one lane in the journal: one, and more where several events are in hand at once. They are used again. */
export class Lines {
  readonly first: Line;
  readonly #free: Line[] = [];

  constructor(private readonly open: () => Line) {
    this.first = open();
  }

  take(): Line {
    return this.#free.pop() ?? this.open();
  }

  giveBack(line: Line): void {
    this.#free.push(line);
  }
}

/** What one lane has in hand. */
export class LaneHand implements Hand {
  /** Where each event stands that a lane has told of. */
  readonly #told = new Map<number, Line>();
  /** What it had in hand no longer counts. */
  isClosed = false;
  isNoting = false;
  #latest: number | undefined;

  constructor(
    readonly journal: CrashJournal,
    readonly lines: Lines,
    private readonly tracker: Tracker,
    private readonly isTold: boolean,
    readonly suspicion: Suspicion,
    private readonly began: () => void,
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
    this.began();
    const line = this.lines.take();
    this.#told.set(offset, line);
    this.journal.note(line, offset);
  }

  ends(offset: number): void {
    const line = this.#told.get(offset);
    if (line === undefined) return;
    this.#told.delete(offset);
    this.journal.note(line);
    this.lines.giveBack(line);
  }

  /** An error of which it is not known whose it is may also come from what is finished: from something that nobody has waited for. */
  noteLast(): void {
    if (!this.isNoting && !this.isClosed && this.isToCome(this.tracker.latest))
      this.journal.note(this.lines.first, this.tracker.base, this.tracker.latest);
  }

  /** Whether an event is not finished. */
  has(offset: number): boolean {
    return this.tracker.unfinished.includes(offset);
  }

  /** Whether an event would be read again. */
  isToCome(offset = -1): boolean {
    return offset >= this.tracker.base && this.tracker.base !== -1;
  }

  noteChanges(): void {
    this.isNoting = true;
    if (!this.isTold) this.tracker.changed = () => this.#note();
  }

  #note(): void {
    const { latest, oldest, newest } = this.tracker;
    if (latest !== this.#latest) this.began();
    this.#latest = latest;
    this.journal.note(this.lines.first, oldest, newest);
  }

  ignoreChanges(): void {
    this.isNoting = false;
    this.tracker.changed = undefined;
  }

  close(): void {
    this.isClosed = true;
    this.ignoreChanges();
    for (const offset of [...this.#told.keys()]) this.ends(offset);
    this.journal.note(this.lines.first);
  }
}
