import type { Blame, Hand } from '../agents/index.js';
import type { Tracker } from '../streams/index.js';
import type { Suspicion } from './crash-facts.js';
import type { CrashJournal, Place } from './crash-journal.js';

/** The lines of one lane in the journal: one, and more where several events are in hand at once. They are used again. */
export class Places {
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
export class LaneHand implements Hand {
  /** Where each event stands that a lane has told of. */
  readonly #told = new Map<number, Place>();
  /** What it had in hand no longer counts. */
  isClosed = false;
  isNoting = false;
  #latest: number | undefined;

  constructor(
    readonly journal: CrashJournal,
    readonly places: Places,
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
    this.journal.note(this.places.first, oldest, newest);
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
