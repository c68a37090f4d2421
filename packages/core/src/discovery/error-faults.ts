import { type ErrorsOption, errorPolicy, type RetryOption } from '../agents/index.js';
import { type Fault, unknownOptions } from '../errors/index.js';
import { attempt } from './attempt.js';

type Found = Pick<Fault, 'problem' | 'remedy'>;

/** Everything wrong with an `errors` option: each of its parts is compiled alone. */
export function errorFaults(errors: ErrorsOption | undefined): Found[] {
  if (errors === undefined) return [];
  if (typeof errors !== 'object' || errors === null)
    return [{ problem: `errors is ${String(errors)}`, remedy: 'Give it { retry, then, crashes }' }];
  const { retry, then, crashes } = errors;
  const parts: ErrorsOption[] = [{ then }, { crashes }, ...retries(retry).map((part) => ({ retry: part }))];
  const faults = [
    ...unknownOptions(errors, ['retry', 'then', 'crashes'], 'errors.'),
    ...unknownOptions(retry, ['attempts', 'backoff', 'jitter', 'retryable', 'order'], 'errors.retry.'),
    ...unknownOptions(retry?.backoff, ['initial', 'factor', 'max'], 'errors.retry.backoff.'),
  ];
  for (const part of parts)
    attempt(
      () => errorPolicy(undefined, part),
      (problem) => faults.push({ problem, remedy: 'Correct the errors option' }),
    );
  if (retry?.retryable !== undefined && typeof retry.retryable !== 'function')
    faults.push({ problem: 'errors.retry.retryable is not a function', remedy: 'Give it (error) => boolean' });
  return faults;
}

function retries({ attempts, jitter, order, backoff }: RetryOption = {}): RetryOption[] {
  const alone = [{ attempts }, { jitter }, { order }];
  if (typeof backoff !== 'object' || backoff === null) return [...alone, { backoff }];
  const { initial, factor, max } = backoff;
  return [...alone, { backoff: { initial } }, { backoff: { initial: 0, factor } }, { backoff: { initial: 0, max } }];
}
