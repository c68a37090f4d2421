import { gridOf, type Windowing } from '../../definitions/index.js';
import { durationMs } from '../../time/index.js';
import { newestWindowAt, type Window, type WindowGrid, windowsAt } from '../../windows/index.js';

/** How a table is cut into windows, in milliseconds. */
export interface WindowSpec {
  /** Missing for sessions. */
  readonly grid?: WindowGrid;
  /** Missing where windows are aligned. */
  readonly session?: { readonly gap: number; readonly merge: (earlier: unknown, later: unknown, key: unknown) => unknown };
  readonly graceMs: number;
  /** How long after its end a closed window can be read; 0: it leaves when it closes. */
  readonly keepMs: number;
  /** How long a window has no second change, where that is said. */
  readonly everyMs?: number;
}

/** @throws ConfigurationError */
export function windowSpec(windowing: Windowing): WindowSpec {
  const { grace = 0, keep = 0, emit } = windowing.options;
  const graceMs = durationMs(grace, 'grace');
  const keepMs = durationMs(keep, 'keep');
  const everyMs = emit === undefined ? undefined : durationMs(emit.every, 'emit.every');
  const common = { graceMs, keepMs: keepMs > graceMs ? keepMs : 0, ...(everyMs !== undefined && { everyMs }) };
  if (windowing.kind === 'session')
    return { ...common, session: { gap: durationMs(windowing.gap, 'gap'), merge: windowing.options.merge } };
  return { ...common, grid: gridOf(windowing) };
}

/** The aligned windows of a time, in the order of their starts. Of sessions the one that an event would begin. */
export function ownWindows(time: number, { grid, session }: WindowSpec): Window[] {
  if (grid === undefined) return [{ start: time, end: time + (session?.gap ?? 0) }];
  if (grid.size !== grid.every) return windowsAt(time, grid);
  const only = newestWindowAt(time, grid);
  return only === undefined ? [] : [only];
}
