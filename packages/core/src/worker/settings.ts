import { type Duration, durationMs } from '../time/index.js';
import { type AppOptionName, type AppOptions, appOptions, checkOption, type Guarantee, standardCommitInterval } from '../topology/index.js';

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
  const given = (option: AppOptionName): unknown => {
    const value = app[option] ?? appOptions[option].standard;
    if (value !== undefined) checkOption(option, value);
    return value;
  };
  const ms = (option: AppOptionName) => durationMs(given(option) as Duration, option);
  const guarantee = given('guarantee') as Guarantee;
  const commitInterval = (given('commitInterval') as Duration | undefined) ?? standardCommitInterval(guarantee === 'exactly-once', false);
  return {
    guarantee,
    commitIntervalMs: Math.max(1, durationMs(commitInterval, 'commitInterval')),
    drainTimeoutMs: ms('drainTimeout'),
    shutdownTimeoutMs: ms('shutdownTimeout'),
    stallTimeoutMs: ms('stallTimeout'),
    endBlockedMs: given('endBlocked') === false ? Number.POSITIVE_INFINITY : ms('endBlocked'),
    idleAfterMs: ms('idleAfter'),
    aheadMs: ms('ahead'),
    recoveryBytesPerSecond: (given('recovery') as AppOptions['recovery'])?.bytesPerSecond ?? Number.POSITIVE_INFINITY,
  };
}
