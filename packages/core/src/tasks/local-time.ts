const dayMs = 24 * 60 * 60 * 1000;

/** The local time of a time zone, as a number: what `Date.UTC` makes of its year, month, day, hour, minute and second. */
export class LocalTime {
  readonly #format: Intl.DateTimeFormat;

  /** @throws RangeError for a time zone that does not exist */
  constructor(timezone: string) {
    const number = 'numeric';
    this.#format = new Intl.DateTimeFormat('en-US', {
      ...{ timeZone: timezone, calendar: 'gregory', hourCycle: 'h23' },
      ...{ year: number, month: number, day: number, hour: number, minute: number, second: number },
    });
  }

  /** @param instant milliseconds since 1970 */
  of(instant: number): number {
    const parts: Record<string, number> = {};
    for (const { type, value } of this.#format.formatToParts(instant)) parts[type] = Number(value);
    const seconds = Date.UTC(parts.year, parts.month - 1, parts.day, parts.hour, parts.minute, parts.second);
    return seconds + (((instant % 1_000) + 1_000) % 1_000);
  }

  /** When it is a local time for the first time; of one that is left out, when the clocks are put forward over it. */
  instantOf(local: number): number {
    const [before, after] = [local - dayMs, local + dayMs].map((around) => local - (this.of(around) - around));
    const [earlier, later] = [Math.min(before, after), Math.max(before, after)];
    for (const each of [earlier, later]) if (this.of(each) === local) return each;
    return this.#firstAfter(local, earlier, later);
  }

  /** The first instant with a later local time. @param from one with an earlier @param to one with a later */
  #firstAfter(local: number, from: number, to: number): number {
    let [early, late] = [from, to];
    while (late - early > 1) {
      const middle = Math.floor((early + late) / 2);
      if (this.of(middle) > local) late = middle;
      else early = middle;
    }
    return late;
  }
}
