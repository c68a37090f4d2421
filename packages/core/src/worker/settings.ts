import { ConfigurationError } from '../errors/index.js';
import { type Duration, durationMs } from '../time/index.js';
import type { AppOptions, Guarantee, RecoveryOptions } from '../topology/index.js';

/** The worker's options as numbers, every choice made. */
export interface Settings {
  readonly guarantee: Guarantee;
  readonly commitIntervalMs: number;
  readonly drainTimeoutMs: number;
  readonly shutdownTimeoutMs: number;
  readonly stallTimeoutMs: number;
  /** Infinity: never. */
  readonly endBlockedMs: number;
  /** Infinity: no limit. */
  readonly recoveryBytesPerSecond: number;
  readonly idleAfterMs: number;
  readonly aheadMs: number;
}

/** Compiles the options of an app. @throws ConfigurationError */
export function settingsOf(app: AppOptions): Settings {
  const { guarantee = 'at-least-once' } = app;
  if (guarantee !== 'at-least-once' && guarantee !== 'exactly-once')
    throw new ConfigurationError('guarantee', guarantee, "'at-least-once' or 'exactly-once'");
  const ms = (option: keyof AppOptions, standard: Duration) => durationMs((app[option] as Duration | undefined) ?? standard, option);
  return {
    guarantee,
    commitIntervalMs: Math.max(1, ms('commitInterval', guarantee === 'exactly-once' ? '100ms' : '1s')),
    drainTimeoutMs: ms('drainTimeout', '30s'),
    shutdownTimeoutMs: ms('shutdownTimeout', '60s'),
    stallTimeoutMs: ms('stallTimeout', '60s'),
    endBlockedMs: app.endBlocked === undefined || isFalse(app.endBlocked) ? Number.POSITIVE_INFINITY : ms('endBlocked', '10m'),
    idleAfterMs: ms('idleAfter', '1m'),
    aheadMs: ms('ahead', '1h'),
    recoveryBytesPerSecond: bytesPerSecond(app.recovery),
  };
}

/** The environment and the command line say it in text. */
function isFalse(value: unknown): boolean {
  return value === false || value === 'false';
}

function bytesPerSecond({ bytesPerSecond: given = Number.POSITIVE_INFINITY }: RecoveryOptions = {}): number {
  if (typeof given === 'number' && given >= 1) return given;
  throw new ConfigurationError('recovery.bytesPerSecond', given, 'a number of bytes of at least 1');
}
