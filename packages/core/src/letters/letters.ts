import type { Position } from '../positions/index.js';
import { Catalogue, type CatalogueOptions, narrowed } from './catalogue.js';
import { deadLetterTopic } from './dead-letters.js';
import type { LetterFilter } from './filter.js';
import type { Letter, LetterSummary, Replacement } from './letter.js';
import { LetterError } from './letter-error.js';
import type { Settlement } from './letter-writer.js';
import { markOf, type Outcome } from './marks.js';
import { Pace } from './pace.js';
import { type Compose, routesOf } from './routes.js';
import { looking, mustHave, type SessionOptions, whole, working } from './session.js';

/** What dead letters are worked on with. */
export interface LettersOptions extends SessionOptions {
  /** The agents of the app: what another one failed on is not replayed, for nobody would take it. @default not checked */
  readonly agents?: readonly string[];
}

export interface ReplayOptions {
  /** Messages a second; 0 is no limit. @default 100 */
  readonly rate?: number;
  /** Ends the replay after the messages that are being written. */
  readonly signal?: AbortSignal;
  /** Told after every few messages. */
  readonly onProgress?: (progress: ReplayProgress) => void;
}

export interface ReplayProgress {
  readonly replayed: number;
  /** How many are to be replayed in all. */
  readonly total: number;
}

/** What became of a replay. `replayed` is less than `total` when its signal ended it. */
export interface Replayed extends ReplayProgress {
  /** Those that were asked for by their ids and had been dealt with before: nothing was done about them. */
  readonly settled: readonly LetterSummary[];
}

const standardRate = 100;
/** Marks that are written in one go. */
const marksAtOnce = 500;

/** The dead letters of one app: to be looked at, replayed, corrected and dropped. Each call opens the clients that it needs, and closes them. */
export class Letters {
  readonly topic: string;
  readonly #options: LettersOptions;

  constructor(options: LettersOptions) {
    this.#options = options;
    this.topic = deadLetterTopic(options.appId);
  }

  /** The dead letters that wait, without their values, in the order in which they were set aside. With `all` also those that were dealt with. */
  async list(filter: LetterFilter = {}, options: CatalogueOptions = {}): Promise<LetterSummary[]> {
    const catalogue = new Catalogue(filter, options);
    await looking(this.#options, async (log) => catalogue.fill(log.read(narrowed(await log.ranges('stable'), filter.ids))));
    return catalogue.letters();
  }

  /** Dead letters as a whole, those of a partition in its order; none is kept. With `all` also those that were dealt with. */
  async each(filter: LetterFilter, visit: (letter: Letter) => void, options: CatalogueOptions = {}): Promise<void> {
    const catalogue = new Catalogue(filter, options);
    await looking(this.#options, async (log) => {
      const ranges = narrowed(await log.ranges('stable'), filter.ids);
      await catalogue.fill(log.read(ranges));
      for await (const letter of whole(log, ranges, catalogue.letters())) visit(letter);
    });
  }

  /** One dead letter as a whole, also one that was dealt with. @throws LetterError when it is not there */
  async get(id: string): Promise<Letter> {
    const found: Letter[] = [];
    await this.each({ ids: [id] }, (letter) => found.push(letter), { all: true });
    mustHave([id], found, this.topic);
    return found[0];
  }

  /**
   * Writes dead letters back to the topics that they come from, each for the agent that failed on it and for no other, and marks them as
   * replayed. What was replayed, edited or dropped before is left out, so that replaying twice does not double.
   * @throws LetterError when an id is not there, or an agent or a topic is gone: then nothing was sent
   */
  async replay(filter: LetterFilter = {}, { rate = standardRate, signal, onProgress }: ReplayOptions = {}): Promise<Replayed> {
    const pace = new Pace(this.#options.clock, rate);
    const done = await working(this.#options, filter, async ({ letters, settled, writer, read }) => {
      const compose = await this.#routes(letters);
      const total = letters.length;
      let replayed = 0;
      const send = async (settlements: readonly Settlement[]): Promise<void> => {
        await pace.turn(settlements.length, signal);
        if (signal?.aborted === true) return;
        await writer.settle(settlements);
        replayed += settlements.length;
        onProgress?.({ replayed, total });
      };
      const waiting: Settlement[] = [];
      for await (const letter of read(signal)) {
        waiting.push({ replay: compose(letter), mark: this.#mark(letter, 'replayed') });
        if (waiting.length >= pace.size) await send(waiting.splice(0));
      }
      if (waiting.length > 0) await send(waiting);
      return { replayed, total, settled };
    });
    return done ?? { replayed: 0, total: 0, settled: [] };
  }

  /**
   * Replays one dead letter with another value, another key, or both, and marks it as edited. With another key, the key decides about the partition.
   * @returns where it was written
   * @throws LetterError when it is not there, was dealt with before, or its agent or topic is gone
   */
  async edit(id: string, replacement: Replacement): Promise<Position> {
    const position = await working(this.#options, { ids: [id] }, async ({ letters, settled, writer, read }) => {
      if (settled.length > 0) throw new LetterError(`${id} was ${settled[0].outcome} already. \`weir send\` writes a new message`, [id]);
      const compose = await this.#routes(letters);
      const written: Position[] = [];
      for await (const letter of read())
        written.push(...(await writer.settle([{ replay: compose(letter, replacement), mark: this.#mark(letter, 'edited') }])));
      return written[0];
    });
    if (position === undefined) throw new LetterError(`${id} has gone from ${this.topic} meanwhile`, [id]);
    return position;
  }

  /** Marks dead letters as dropped: they are not listed any more, and not replayed. @returns how many. @throws LetterError for an id that is not there */
  async drop(filter: LetterFilter = {}): Promise<number> {
    const dropped = await working(this.#options, filter, async ({ letters, writer }) => {
      for (let begin = 0; begin < letters.length; begin += marksAtOnce)
        await writer.settle(letters.slice(begin, begin + marksAtOnce).map((letter) => ({ mark: this.#mark(letter, 'dropped') })));
      return letters.length;
    });
    return dropped ?? 0;
  }

  /** Closes the connection. */
  close(): Promise<void> {
    return this.#options.transport.close();
  }

  #mark({ id }: LetterSummary, outcome: Outcome): Settlement['mark'] {
    return markOf(this.topic, { id, outcome });
  }

  #routes(letters: readonly LetterSummary[]): Promise<Compose> {
    const { transport, appId, agents } = this.#options;
    return routesOf(letters, { transport, appId, agents, deadLetterTopic: this.topic });
  }
}
