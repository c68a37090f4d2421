/** A stretch of event time: from `start` inclusive to `end` exclusive, in milliseconds since 1970. */
export interface Window {
  readonly start: number;
  readonly end: number;
}

/** Windows of one size that begin at every multiple of `every`, in milliseconds. Tumbling ones have `every` equal to `size`. */
export interface WindowGrid {
  readonly size: number;
  readonly every: number;
}

/** The windows that hold a time, in the order of their starts. None where they leave gaps and the time is in one. */
export function windowsAt(time: number, { size, every }: WindowGrid): Window[] {
  const past = pastStart(time, every);
  const newest = time - past;
  const windows: Window[] = [];
  for (let back = Math.ceil((size - past) / every) - 1; back >= 0; back--) {
    const start = newest - back * every;
    windows.push({ start, end: start + size });
  }
  return windows;
}

/** The newest window that holds a time; undefined in a gap. */
export function newestWindowAt(time: number, { size, every }: WindowGrid): Window | undefined {
  const past = pastStart(time, every);
  const start = time - past;
  return past < size ? { start, end: start + size } : undefined;
}

/** How many windows hold a time, at most. */
export function windowsPerTime({ size, every }: WindowGrid): number {
  return Math.ceil(size / every);
}

/** The windows that have a part in `[from, to)`, in the order of their starts. */
export function* windowsIn(from: number, to: number, grid: WindowGrid): Generator<Window> {
  if (to <= from) return;
  const [first] = windowsAt(from, grid);
  const start = first?.start ?? from - pastStart(from, grid.every) + grid.every;
  for (let at = start; at < to; at += grid.every) yield { start: at, end: at + grid.size };
}

/** Whether two stretches of time have one in common. Those that only touch have none. */
export function overlap(one: Window, other: Window): boolean {
  return one.start < other.end && other.start < one.end;
}

/** How far a time lies behind the last multiple of `every`: exact, also of negative times. */
function pastStart(time: number, every: number): number {
  const past = time % every;
  return past < 0 ? past + every : past + 0;
}
