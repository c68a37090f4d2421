import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Logger } from 'pino';
import { formatPosition, reason } from '../errors/index.js';
import type { Cancel, Clock } from '../time/index.js';
import type { Place, Places } from '../transport/index.js';

/** How long after a change the group may take to know of it: only when a member has joined again may others have what it gave up. */
const toldMs = 10_000;

/** Whose place in which group. */
export interface Named {
  readonly group: string;
  readonly member: string;
}

/**
 * A file that says what a worker with a name has in its group, for the process that has the name after it. It stays for as long as the place in the group may,
 * and its time says when the worker was last alive: somebody has to touch it.
 */
export class PlaceNotes implements Places {
  readonly former: Places['former'];
  readonly file: string;
  readonly #named: Named;
  readonly #clock: Clock;
  readonly #logger: Logger;
  #noted: Place | undefined;
  #cancel: Cancel = () => {};
  #hasFailed = false;

  constructor(datadir: string, { group, member }: Named, clock: Clock, logger: Logger) {
    const name = createHash('sha256')
      .update(JSON.stringify([group, member]))
      .digest('hex')
      .slice(0, 32);
    this.file = path.join(datadir, 'members', `${name}.json`);
    this.#named = { group, member };
    this.#clock = clock;
    this.#logger = logger;
    this.former = read(this.file);
    this.#noted = this.former;
  }

  /** Notes what is new beside what was there, and that alone when the group knows of it: a process that ends in between had both. */
  keep({ topics, partitions }: Place): void {
    this.#write({ topics: this.#noted?.topics ?? topics, partitions: [...(this.#noted?.partitions ?? []), ...partitions] });
    this.#cancel();
    this.#cancel = this.#clock.after(toldMs, () => this.#write({ topics, partitions }));
  }

  /** The worker has stopped. @param isGivenUp whether it has left its place in the group */
  close(isGivenUp: boolean): void {
    this.#cancel();
    if (isGivenUp && existsSync(this.file)) rmSync(this.file, { force: true });
  }

  /** What is there is whole at any time. */
  #write(place: Place): void {
    const partitions = new Map(
      place.partitions.map(({ topic, partition }) => [formatPosition({ topic, partition }), { topic, partition }]),
    );
    this.#noted = { topics: place.topics, partitions: [...partitions.values()] };
    try {
      mkdirSync(path.dirname(this.file), { recursive: true });
      writeFileSync(`${this.file}.new`, JSON.stringify({ ...this.#named, ...this.#noted }));
      renameSync(`${this.file}.new`, this.file);
    } catch (error) {
      if (!this.#hasFailed)
        this.#logger.warn(
          { error: reason(error) },
          `cannot write to ${path.dirname(this.file)}: where this worker ends in the middle of a rebalance, partitions may be left to nobody. Give a folder that can be written as datadir`,
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
