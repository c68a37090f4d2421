import { ConfigurationError } from '../errors/index.js';

/** A span of time: milliseconds, or a number with a unit (`'250ms'`, `'5s'`, `'2m'`, `'1.5h'`, `'7d'`). */
export type Duration = number | DurationText;
export type DurationText = `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`;

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Whether a text reads as a duration with a unit. */
export function isDuration(value: unknown): value is Duration {
  return parse(value) !== undefined;
}

/**
 * A duration in milliseconds.
 * @param option the option's name, for the error
 * @throws ConfigurationError when it is negative, not finite or has no unit that we know
 */
export function durationMs(duration: Duration, option = 'duration'): number {
  const ms = parse(duration);
  if (ms === undefined) throw new ConfigurationError(option, duration, "milliseconds or a text like '250ms', '5s', '2m', '1h', '7d'");
  return ms;
}

function parse(value: unknown): number | undefined {
  const ms = typeof value === 'string' ? parseText(value) : value;
  return typeof ms === 'number' && Number.isFinite(ms) && ms >= 0 ? ms : undefined;
}

function parseText(text: string): number | undefined {
  const match = /^\s*(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)?\s*$/.exec(text);
  return match ? Number(match[1]) * unitMs[match[2] ?? 'ms'] : undefined;
}

/** Milliseconds as a person reads them: `250 ms`, `5 s`, `2 m 5 s`. */
export function formatMs(ms: number): string {
  if (Math.round(ms) < 1_000) return `${Math.round(ms)} ms`;
  const tenths = Math.round(ms / 100);
  if (tenths < 600) return `${tenths / 10} s`;
  const seconds = Math.round(ms / 1_000);
  const minutes = Math.floor(seconds / 60);
  return seconds % 60 === 0 ? `${minutes} m` : `${minutes} m ${seconds % 60} s`;
}
