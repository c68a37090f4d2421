import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Logger } from 'pino';
import { formatPosition, reason } from '../errors/index.js';
import type { Cancel, Clock } from '../time/index.js';
import type { Place, Places } from '../transport/index.js';
import { removeEmpty } from './folders.js';
import { OwnName } from './own-name.js';

/** How long after a change the group may take to know of it: only when a member has joined again may others have what it gave up. */
const toldMs = 10_000;

export interface PlaceNotesParts {
  readonly datadir: string;
  readonly group: string;
  /** Without one the worker gets a name of its own. */
  readonly member: string | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * A file that says what a worker with a name has in its group, for the process that has the name after it. It stays for as long as the place in the group may,
 * and its time says when the worker was last alive: somebody has to touch it.
 */
export class PlaceNotes implements Places {
  readonly member: string;
  readonly former: Places['former'];
  readonly file: string;
  readonly #folder: string;
  readonly #group: string;
  readonly #own: OwnName | undefined;
  readonly #clock: Clock;
  readonly #logger: Logger;
  #noted: Place | undefined;
  #cancel: Cancel = () => {};
  #hasFailed = false;

  private constructor({ datadir, group, member, clock, logger }: PlaceNotesParts) {
    this.#folder = path.join(datadir, 'members');
    this.#own = member === undefined ? OwnName.take(this.#folder, group) : undefined;
    this.member = member ?? (this.#own as OwnName).member;
    const name = createHash('sha256')
      .update(JSON.stringify([group, this.member]))
      .digest('hex')
      .slice(0, 32);
    this.file = path.join(this.#folder, `${name}.json`);
    this.#group = group;
    this.#clock = clock;
    this.#logger = logger;
    this.former = read(this.file);
    this.#noted = this.former;
  }

  /** Undefined for a worker that was given no name where nothing can be written: it has none then. */
  static open(parts: PlaceNotesParts): PlaceNotes | undefined {
    try {
      return new PlaceNotes(parts);
    } catch (error) {
      parts.logger.warn(
        { error: reason(error) },
        `cannot write to ${parts.datadir}: the partitions of this worker, should it be killed, wait for the end of its session. Give a folder that can be written as datadir, or the worker a name (member)`,
      );
      return undefined;
    }
  }

  /** Whether the worker was given no name. Nobody waits for it under this one when it has stopped in order. */
  get isOwn(): boolean {
    return this.#own !== undefined;
  }

  /** Notes what is new beside what was there, and that alone when the group knows of it: a process that ends in between had both. */
  keep({ topics, partitions }: Place): void {
    this.#write({ topics: this.#noted?.topics ?? topics, partitions: [...(this.#noted?.partitions ?? []), ...partitions] });
    this.#cancel();
    this.#cancel = this.#clock.after(toldMs, () => this.#write({ topics, partitions }));
  }

  /** The worker has stopped. @param isLeft whether it has told the group that it leaves @param isSure whether the group has heard it */
  close(isLeft: boolean, isSure: boolean): void {
    this.#cancel();
    if (isLeft && existsSync(this.file)) rmSync(this.file, { force: true });
    this.#own?.end(isLeft && isSure);
    removeEmpty(this.#folder);
    removeEmpty(path.dirname(this.#folder));
  }

  /** What is there is whole at any time. */
  #write(place: Place): void {
    const partitions = new Map(place.partitions.map((at) => [formatPosition(at), at]));
    this.#noted = { topics: place.topics, partitions: [...partitions.values()] };
    try {
      mkdirSync(this.#folder, { recursive: true });
      writeFileSync(`${this.file}.new`, JSON.stringify({ group: this.#group, member: this.member, ...this.#noted }));
      renameSync(`${this.file}.new`, this.file);
    } catch (error) {
      if (!this.#hasFailed)
        this.#logger.warn(
          { error: reason(error) },
          `cannot write to ${this.#folder}: where this worker ends in the middle of a rebalance, partitions may be left to nobody. Give a folder that can be written as datadir`,
        );
      this.#hasFailed = true;
    }
  }
}

/** What cannot be read tells nothing. */
function read(file: string): Places['former'] {
  try {
    const place = JSON.parse(readFileSync(file, 'utf8')) as Place;
    const topics = place.topics.map(String);
    const partitions = place.partitions.map(({ topic, partition }) => ({ topic: String(topic), partition: Number(partition) }));
    return { topics, partitions, seenAt: statSync(file).mtimeMs };
  } catch {
    return undefined;
  }
}
