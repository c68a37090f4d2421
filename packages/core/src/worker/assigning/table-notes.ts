import type { Logger } from 'pino';
import { reason } from '../../errors/index.js';
import { isLogNoted, readLogs } from '../../positions/index.js';
import type { GroupPosition, TopicInfo } from '../../transport/index.js';

export interface TableNotesParts {
  readonly group: string;
  readonly logger: Logger;
  readonly topics: () => Promise<readonly Pick<TopicInfo, 'name'>[]>;
}

/**
 * Tells of tables that the offsets of the group know nothing of. To add one is as it should be; but a table that was renamed begins
 * empty, and one that an earlier release had begins with what it had then.
 */
export class TableNotes {
  readonly #parts: TableNotesParts;
  /** What was told: each partition has the same to tell. */
  readonly #told = new Set<string>();

  constructor(parts: TableNotesParts) {
    this.#parts = parts;
  }

  /** @param changelogs those of a partition group @param positions where the group has come to with its partitions */
  async compare(changelogs: readonly string[], positions: readonly GroupPosition[]): Promise<void> {
    const notes = positions.filter(({ offset }) => offset >= 0).map(({ metadata }) => readLogs(metadata));
    const unknown = changelogs.filter((name) => notes.every((noted) => isLogNoted(noted, name) === false)).sort();
    const key = unknown.join();
    if (unknown.length === 0 || this.#told.has(key)) return;
    this.#told.add(key);
    const isLeft = (name: string) => !changelogs.includes(name) && notes.some((noted) => isLogNoted(noted, name));
    const left = await this.#changelogs(isLeft);
    this.#parts.logger.warn({ changelogs: unknown, ...(left.length > 0 && { left }) }, text(unknown, left));
  }

  /** What the group has noted are hashes of names. */
  async #changelogs(isLeft: (name: string) => boolean): Promise<string[]> {
    const { group, topics, logger } = this.#parts;
    try {
      const names = (await topics()).map(({ name }) => name);
      return names.filter((name) => name.startsWith(`${group}-`) && isLeft(name));
    } catch (error) {
      logger.debug({ error: reason(error) }, 'it cannot be told which changelogs the app has no table for any more');
      return [];
    }
  }
}

function text(unknown: readonly string[], left: readonly string[]): string {
  const begins =
    `the offsets of the group were committed without ${unknown.join(', ')}: a table that is new begins empty, ` +
    'with the events from here on, and one that an earlier release had misses the events since';
  const renamed = left.length === 0 ? '' : `. Not declared any more: if a table was renamed, its entries are in ${left.join(', ')}`;
  return `${begins}${renamed}. To have all events counted, read them again: with another \`version\` of the app, or \`weir reset\``;
}
