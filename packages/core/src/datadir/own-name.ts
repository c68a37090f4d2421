import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { closeSync, mkdirSync, openSync, readdirSync, renameSync, rmSync, utimesSync } from 'node:fs';
import path from 'node:path';
import { ifThere } from './folders.js';
import { isLeftBehind, ours, processSpace } from './processes.js';

/** Others that end may remove the folder in between. */
const triesMax = 10;

/**
 * A name for a worker that was given none. It is random, and a file says which process of this machine has it. That of a process that was killed goes to the next worker
 * that is started here, which gets the partitions of the dead one at once and ends what it left open. One that has stopped in order needs it no more.
 */
export class OwnName {
  private constructor(
    readonly member: string,
    readonly file: string,
  ) {
    ours.add(member);
  }

  /** @throws what the file system says */
  static take(folder: string, group: string): OwnName {
    const about = `${createHash('sha256').update(group).digest('hex').slice(0, 12)}.${processSpace()}`;
    for (let tries = 1; ; tries++) {
      try {
        mkdirSync(folder, { recursive: true });
        return OwnName.#left(folder, about) ?? OwnName.#new(folder, about);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || tries === triesMax) throw error;
      }
    }
  }

  /** @param isGivenUp whether nobody is to have it again */
  end(isGivenUp: boolean): void {
    ours.delete(this.member);
    if (isGivenUp) rmSync(this.file, { force: true });
  }

  /** One that a process has left behind. */
  static #left(folder: string, about: string): OwnName | undefined {
    for (const name of readdirSync(folder)) {
      if (!name.startsWith(`${about}.`)) continue;
      const [pid, , member] = name.slice(about.length + 1).split('.');
      if (!isLeftBehind(Number(pid), member)) continue;
      const file = fileOf(folder, about, member);
      const take = () => {
        renameSync(path.join(folder, name), file);
        utimesSync(file, new Date(), new Date());
        return new OwnName(member, file);
      };
      // Of several that find it one has it.
      const own = ifThere(take);
      if (own !== undefined) return own;
    }
    return undefined;
  }

  static #new(folder: string, about: string): OwnName {
    const member = randomUUID();
    const file = fileOf(folder, about, member);
    closeSync(openSync(file, 'wx'));
    return new OwnName(member, file);
  }
}

/** Never the same twice: whoever found a name left behind a while ago may still be about to take it. */
function fileOf(folder: string, about: string, member: string): string {
  return path.join(folder, `${about}.${process.pid}.${randomBytes(4).toString('hex')}.${member}`);
}
