import { types } from 'node:util';
import { type ErrorsOption, errorPolicy, type RetryOption } from '../../agents/index.js';
import { type Fault, type OptionNames, unknownOptions } from '../../errors/index.js';
import { attempt } from '../attempt.js';

type Found = Pick<Fault, 'problem' | 'remedy'>;

const names: OptionNames<ErrorsOption> = { retry: true, then: true, crashes: true };
const retryNames: OptionNames<RetryOption> = { attempts: true, backoff: true, jitter: true, retryable: true, order: true, durable: true };
const durableNames: OptionNames<Extract<RetryOption['durable'], object>> = { max: true };
const backoffNames: OptionNames<Extract<RetryOption['backoff'], object>> = { initial: true, factor: true, max: true };

/** Everything wrong with an `errors` option: each of its parts is compiled alone. */
export function errorFaults(errors: ErrorsOption | undefined): Found[] {
  if (errors === undefined) return [];
  if (typeof errors !== 'object' || errors === null)
    return [{ problem: `errors is ${String(errors)}`, remedy: 'Give it { retry, then, crashes }' }];
  const { retry, then, crashes } = errors;
  const parts: ErrorsOption[] = [{ then }, { crashes }, ...retries(retry).map((part) => ({ retry: part }))];
  const faults = [
    ...unknownOptions(errors, names, 'errors.'),
    ...unknownOptions(retry, retryNames, 'errors.retry.'),
    ...unknownIn(retry?.durable, durableNames, 'errors.retry.durable.'),
    ...unknownIn(retry?.backoff, backoffNames, 'errors.retry.backoff.'),
  ];
  for (const part of parts)
    attempt(
      () => errorPolicy(undefined, part),
      (problem) => faults.push({ problem, remedy: 'Correct the errors option' }),
    );
  if (retry?.retryable !== undefined && typeof retry.retryable !== 'function')
    faults.push({ problem: 'errors.retry.retryable is not a function', remedy: 'Give it (error) => boolean' });
  if (types.isAsyncFunction(retry?.retryable) || types.isGeneratorFunction(retry?.retryable))
    faults.push({
      problem: 'errors.retry.retryable is not an ordinary function: what it gives counts as true',
      remedy: 'Return true or false at once',
    });
  return faults;
}

/** Those of an option that need not have any. */
function unknownIn<T>(given: unknown, known: OptionNames<T>, path: string): Found[] {
  return typeof given === 'object' ? unknownOptions(given, known, path) : [];
}

function retries(retry: RetryOption | undefined): RetryOption[] {
  if (typeof retry !== 'object' || retry === null) return [];
  const { attempts, jitter, order, durable, backoff } = retry;
  const alone = [{ attempts }, { jitter }, { order }, { durable }];
  if (typeof backoff !== 'object' || backoff === null) return [...alone, { backoff }];
  const { initial, factor, max } = backoff;
  return [...alone, { backoff: { initial } }, { backoff: { initial: 0, factor } }, { backoff: { initial: 0, max } }];
}
