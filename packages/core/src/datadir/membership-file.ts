import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Logger } from 'pino';
import { reason } from '../errors/index.js';
import { formatPosition } from '../positions/index.js';
import type { Clock } from '../time/index.js';
import type { Membership, MembershipNotes } from '../transport/index.js';
import { ifThere, removeEmpty } from './folders.js';
import { OwnName } from './own-name.js';

/** No group waits for so long for a member that is away, nor for its transaction. */
const goneMs = 24 * 3_600_000;

export interface MembershipFileParts {
  readonly datadir: string;
  readonly group: string;
  /** Without one the worker gets a name of its own. */
  readonly member: string | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * A file that says what a worker with a name has in its group, for the process that has the name after it. It stays for as long as the membership may,
 * and its time says when the worker was last alive: somebody has to touch it.
 */
export class MembershipFile implements MembershipNotes {
  readonly member: string;
  readonly former: MembershipNotes['former'];
  readonly #file: string;
  readonly #folder: string;
  readonly #group: string;
  readonly #own: OwnName | undefined;
  readonly #logger: Logger;
  #noted: Membership | undefined;
  #hasFailed = false;
  #isUnheard = false;

  private constructor({ datadir, group, member, clock, logger }: MembershipFileParts) {
    this.#folder = path.join(datadir, 'members');
    sweep(this.#folder, clock.now() - goneMs);
    this.#own = member === undefined ? OwnName.take(this.#folder, group) : undefined;
    this.member = member ?? (this.#own as OwnName).member;
    const name = createHash('sha256')
      .update(JSON.stringify([group, this.member]))
      .digest('hex')
      .slice(0, 32);
    this.#file = path.join(this.#folder, `${name}.json`);
    this.#group = group;
    this.#logger = logger;
    this.former = read(this.#file);
    this.#noted = this.former;
  }

  /** Undefined for a worker that was given no name where nothing can be written: it has none then. */
  static open(parts: MembershipFileParts): MembershipFile | undefined {
    try {
      return new MembershipFile(parts);
    } catch (error) {
      parts.logger.warn(
        { error: reason(error) },
        `cannot write to ${parts.datadir}: the partitions of this worker, should it be killed, wait for the end of its session. Give a folder that can be written as datadir, or (not with KIP-848) the worker a name (member)`,
      );
      return undefined;
    }
  }

  /** Whoever finds that nobody touches these any more may remove them. */
  get files(): readonly string[] {
    return this.#own === undefined ? [this.#file] : [this.#file, this.#own.file];
  }

  /** Whether the worker was given no name. Nobody waits for it under this one when it has stopped in order. */
  get isOwn(): boolean {
    return this.#own !== undefined;
  }

  keep(membership: Membership, isAgreed: boolean): void {
    const { topics, partitions } = (isAgreed ? undefined : this.#noted) ?? { topics: membership.topics, partitions: [] };
    this.#write({ topics, partitions: [...partitions, ...membership.partitions] });
  }

  unheard(): void {
    this.#isUnheard = true;
  }

  /** The worker has stopped. @param isLeft whether it has told the group that it leaves @param isSure whether the group has heard it */
  close(isLeft: boolean, isSure: boolean): void {
    const isOver = isLeft && isSure && !this.#isUnheard;
    remove(newOf(this.#file));
    if (isOver) remove(this.#file);
    this.#own?.end(isOver);
    removeEmpty(this.#folder);
    removeEmpty(path.dirname(this.#folder));
  }

  /** What is there is whole at any time. */
  #write(membership: Membership): void {
    const partitions = new Map(membership.partitions.map((at) => [formatPosition(at), at]));
    this.#noted = { topics: membership.topics, partitions: [...partitions.values()] };
    try {
      mkdirSync(this.#folder, { recursive: true });
      writeFileSync(newOf(this.#file), JSON.stringify({ group: this.#group, member: this.member, ...this.#noted }));
      renameSync(newOf(this.#file), this.#file);
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

/** What is being written. */
function newOf(file: string): string {
  return `${file}.new`;
}

/** What stands in the place of a folder above it is somebody else's. */
function remove(file: string): void {
  if (existsSync(file)) rmSync(file, { force: true });
}

/** Removes what nobody has touched for long: names that do not come back, and those of containers that are gone. */
function sweep(folder: string, before: number): void {
  try {
    for (const name of readdirSync(folder)) {
      const file = path.join(folder, name);
      if (ifThere(() => statSync(file).mtimeMs < before)) rmSync(file, { force: true });
    }
  } catch {
    // Where there is nothing, nothing is in the way; what cannot be removed may stay.
  }
}

/** What cannot be read tells nothing. */
function read(file: string): MembershipNotes['former'] {
  try {
    const membership = JSON.parse(readFileSync(file, 'utf8')) as Membership;
    const topics = membership.topics.map(String);
    const partitions = membership.partitions.map(({ topic, partition }) => ({ topic: String(topic), partition: Number(partition) }));
    return { topics, partitions, seenAt: statSync(file).mtimeMs };
  } catch {
    return undefined;
  }
}
