import { CodecError, ConfigurationError, DecodeError } from '../errors/index.js';
import { type Duration, durationMs } from '../time/index.js';

/** What becomes of an event whose handler fails. Set on the app, and on an agent where it differs. */
export interface ErrorsOption {
  readonly retry?: RetryOption;
  /**
   * What follows when the retries are used up: the message goes to the dead-letter topic; the worker stops with the offset uncommitted;
   * or the event is logged and skipped. @default 'dead-letter'
   */
  readonly then?: 'dead-letter' | 'stop' | 'skip';
  /**
   * How often an event may be in hand when the process ends without an orderly stop, from 2; then it is not tried again and `then` says what
   * becomes of it. With false it is tried for ever. @default 3
   */
  readonly crashes?: number | false;
}

export interface RetryOption {
  /** Retries after the first try; 0 tries once. @default 3 */
  readonly attempts?: number;
  /** The first wait, doubled for each further retry up to ten seconds; or each of these. @default '100ms' */
  readonly backoff?: Duration | { readonly initial: Duration; readonly factor?: number; readonly max?: Duration };
  /** The part of a wait that chance may take away, from 0 to 1, so that many workers do not retry in step. @default 0.2 */
  readonly jitter?: number | boolean;
  /** Whether another try can help. @default true but for bytes that cannot be decoded and values that cannot be encoded */
  readonly retryable?: (error: unknown) => boolean;
  /** With 'key', other keys go on while an event waits for its retry; later events of its key wait behind it. For `@Handler`. @default 'partition' */
  readonly order?: 'partition' | 'key';
  /**
   * An event that fails is parked in a topic of the app (`<app>-<agent>-retries-changelog`) until its next attempt, and later events of its key behind it: a wait outlives
   * the process and holds nobody else up. `max` is how many of one partition are parked; the next one waits in its lane. For a `@Handler` of single messages.
   * @default false; true: 10,000
   */
  readonly durable?: boolean | { readonly max?: number };
}

/** The compiled form: numbers, and every choice made. */
export interface ErrorPolicy {
  readonly attempts: number;
  readonly order: 'partition' | 'key';
  /** How many events of one partition are parked at most; 0 where none is. */
  readonly parkedMax: number;
  readonly then: 'dead-letter' | 'stop' | 'skip';
  /** Infinity: for ever. */
  readonly crashes: number;
  retryable(error: unknown): boolean;
  /** Milliseconds to wait before the retry of this number, counted from 1. */
  backoffMs(retry: number): number;
}

const TEN_SECONDS = 10_000;
/** Events of a partition that are parked at most, where nothing is said. */
const parkedMax = 10_000;

/** An agent's policy: its own option, then the app's, then the defaults. @throws ConfigurationError */
export function errorPolicy(app: ErrorsOption | undefined, own: ErrorsOption | undefined, random: () => number = Math.random): ErrorPolicy {
  const retry: RetryOption = { ...app?.retry, ...own?.retry };
  const { attempts = 3, retryable = mayHelp, order = 'partition' } = retry;
  const then = own?.then ?? app?.then ?? 'dead-letter';
  if (!Number.isInteger(attempts) || attempts < 0) throw new ConfigurationError('errors.retry.attempts', attempts, 'a whole number from 0');
  if (!['dead-letter', 'stop', 'skip'].includes(then)) throw new ConfigurationError('errors.then', then, "'dead-letter', 'stop' or 'skip'");
  if (!['partition', 'key'].includes(order)) throw new ConfigurationError('errors.retry.order', order, "'partition' or 'key'");
  const crashes = own?.crashes ?? app?.crashes ?? 3;
  if (crashes !== false && !(Number.isInteger(crashes) && crashes >= 2))
    throw new ConfigurationError('errors.crashes', crashes, 'a whole number from 2, or false');
  return {
    attempts,
    order,
    parkedMax: parkedMaxOf(retry),
    then,
    crashes: crashes === false ? Number.POSITIVE_INFINITY : crashes,
    retryable,
    backoffMs: backoff(retry, random),
  };
}

/** @throws ConfigurationError */
function parkedMaxOf({ durable = false }: RetryOption): number {
  if (typeof durable === 'boolean') return durable ? parkedMax : 0;
  if (typeof durable !== 'object' || durable === null)
    throw new ConfigurationError('errors.retry.durable', durable, 'true, false or { max }');
  const { max = parkedMax } = durable;
  if (!Number.isInteger(max) || max < 1) throw new ConfigurationError('errors.retry.durable.max', max, 'a whole number of events from 1');
  return max;
}

function backoff({ backoff: given = 100, jitter = 0.2 }: RetryOption, random: () => number): (retry: number) => number {
  const { initial, factor = 2, max = TEN_SECONDS } = typeof given === 'object' ? given : { initial: given };
  const initialMs = durationMs(initial, 'errors.retry.backoff');
  const maxMs = Math.max(initialMs, durationMs(max, 'errors.retry.backoff.max'));
  const share = jitter === true ? 0.2 : Number(jitter);
  if (!(share >= 0 && share <= 1)) throw new ConfigurationError('errors.retry.jitter', jitter, 'a share from 0 to 1');
  if (!(factor >= 1)) throw new ConfigurationError('errors.retry.backoff.factor', factor, 'a number from 1');
  return (retry) => Math.min(maxMs, initialMs * factor ** (retry - 1)) * (1 - share * random());
}

function mayHelp(error: unknown): boolean {
  return !(error instanceof DecodeError || error instanceof CodecError);
}
