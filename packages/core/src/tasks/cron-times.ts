import { createRequire } from 'node:module';
import type { Cron } from 'croner';
import { LocalTime } from './local-time.js';

/** What `@Cron` declares. */
export interface CronDeclaration {
  readonly expression: string;
  /** By its IANA name. @default 'UTC' */
  readonly timezone?: string;
  /** Whether only the leader calls it. @default false */
  readonly onLeader?: boolean;
  /** On the leader: what becomes of ticks that came while no worker was it. @default 'skip' */
  readonly missed?: 'skip' | 'once' | 'all';
}

/** Not loaded before there is a cron: it takes longer than most of what a start does. */
const load = (): typeof import('croner') => createRequire(import.meta.url)('croner');

/** Five or six fields, the first of six for seconds; or a name as `@daily`. */
const shape = /^\s*(@[a-z]+|\S+(\s+\S+){4,5})\s*$/i;

/** Whether a text has the form of an expression. */
export function isCronShaped(expression: unknown): expression is string {
  return typeof expression === 'string' && shape.test(expression);
}

/** Whether an expression names no hours: its ticks come by the time that passes, also through an hour that is repeated. */
function isForEveryHour(expression: string): boolean {
  const fields = expression.trim().split(/\s+/);
  return fields.length === 1 ? fields[0].toLowerCase() === '@hourly' : fields[fields.length - 4] === '*';
}

/**
 * The times of a cron. Local times that it names are once each: one that is left out when clocks are put forward is the first moment after, one that is repeated
 * when they are put back is the first of the two.
 */
export class CronTimes {
  readonly #pattern: Cron;
  /** Missing where hours are those that pass. */
  readonly #localTime: LocalTime | undefined;

  /** @throws for what is no expression, or no time zone */
  constructor({ expression, timezone = 'UTC' }: CronDeclaration) {
    const localTime = new LocalTime(timezone);
    const isByTheHour = isForEveryHour(expression);
    this.#localTime = isByTheHour ? undefined : localTime;
    // Local times are looked for as if they were UTC: there none is left out, and none is repeated.
    const { Cron } = load();
    this.#pattern = new Cron(expression.trim(), { timezone: isByTheHour ? timezone : 'UTC', paused: true });
  }

  /** The first time after one, both in milliseconds since 1970; undefined when none comes. */
  after(instant: number): number | undefined {
    const { of, instantOf } = this.#zone;
    for (let local = of(instant); ; ) {
      const next = this.#pattern.nextRun(new Date(local))?.getTime();
      if (next === undefined) return undefined;
      const found = instantOf(next);
      if (found > instant) return found;
      local = next;
    }
  }

  /** The last time up to an instant. @param after before it, with a time between them */
  latest(after: number, instant: number): number {
    let [early, late] = [after, instant];
    while (late - early > 1) {
      const middle = Math.floor((early + late) / 2);
      if ((this.after(middle) ?? Number.POSITIVE_INFINITY) <= instant) early = middle;
      else late = middle;
    }
    return this.after(early) as number;
  }

  get #zone(): { of(instant: number): number; instantOf(local: number): number } {
    const localTime = this.#localTime;
    if (localTime === undefined) return { of: (instant) => instant, instantOf: (local) => local };
    return { of: (instant) => localTime.of(instant), instantOf: (local) => localTime.instantOf(local) };
  }
}
