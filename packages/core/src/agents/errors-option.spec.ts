import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { CodecError, ConfigurationError, DecodeError } from '../errors/index.js';
import { type ErrorsOption, errorPolicy } from './index.js';

const certain = () => 0;
const waits = (retry: ErrorsOption['retry'], count = 5, random = certain) => {
  const policy = errorPolicy({ retry }, undefined, random);
  return Array.from({ length: count }, (_, index) => policy.backoffMs(index + 1));
};

describe('an error policy', () => {
  it('retries three times and then sets aside, when nobody says otherwise', () => {
    expect(errorPolicy(undefined, undefined)).toMatchObject({ attempts: 3, order: 'partition', then: 'dead-letter' });
  });

  it('takes what the agent says, then what the app says, option by option', () => {
    const app = { retry: { attempts: 7, backoff: '1s', order: 'key' }, then: 'stop' } as const;
    const own = errorPolicy(app, { retry: { attempts: 0 } }, certain);
    expect(own).toMatchObject({ attempts: 0, order: 'key', then: 'stop' });
    expect(own.backoffMs(1)).toBe(1_000);
    expect(errorPolicy(app, { then: 'skip' }).then).toBe('skip');
  });

  it('does not retry what another try cannot help', () => {
    const { retryable } = errorPolicy(undefined, undefined);
    expect(retryable(new Error('network'))).toBe(true);
    expect(retryable('thrown text')).toBe(true);
    expect(retryable(new DecodeError('Order', []))).toBe(false);
    expect(retryable(new CodecError('no'))).toBe(false);
  });

  it('lets the user decide what to retry', () => {
    const { retryable } = errorPolicy({ retry: { retryable: (error) => error instanceof DecodeError } }, undefined);
    expect(retryable(new DecodeError('Order', []))).toBe(true);
    expect(retryable(new Error('network'))).toBe(false);
  });
});

describe('a durable retry', () => {
  it.each([
    [undefined, 0],
    [false, 0],
    [true, 10_000],
    [{}, 10_000],
    [{ max: 5 }, 5],
  ])('that is %j parks at most %i events of a partition', (durable, max) => {
    expect(errorPolicy({ retry: { durable } }, undefined).parkedMax).toBe(max);
  });

  it('is what the agent says, then what the app says', () => {
    expect(errorPolicy({ retry: { durable: true } }, { retry: { durable: false } }).parkedMax).toBe(0);
    expect(errorPolicy({ retry: { durable: { max: 3 } } }, { retry: { attempts: 1 } }).parkedMax).toBe(3);
  });

  it.each([{ durable: { max: 0 } }, { durable: { max: 1.5 } }, { durable: 'yes' as never }])('is refused as %j', (retry) => {
    expect(() => errorPolicy({ retry }, undefined)).toThrow(ConfigurationError);
  });
});

describe('the waits between retries', () => {
  it('double from the first, up to ten seconds', () => {
    expect(waits(undefined, 9)).toEqual([100, 200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000]);
    expect(waits({ backoff: '3s' })).toEqual([3_000, 6_000, 10_000, 10_000, 10_000]);
  });

  it('grow as they are told to', () => {
    expect(waits({ backoff: { initial: '1s', factor: 3, max: '20s' } })).toEqual([1_000, 3_000, 9_000, 20_000, 20_000]);
    expect(waits({ backoff: { initial: 50, factor: 1 } })).toEqual([50, 50, 50, 50, 50]);
  });

  it('are never shorter than the first, also when that is longer than the limit', () => {
    expect(waits({ backoff: '1m' }, 2)).toEqual([60_000, 60_000]);
  });

  it('can be none at all', () => {
    expect(waits({ backoff: 0 }, 3)).toEqual([0, 0, 0]);
  });

  it('stay finite after any number of retries', () => {
    expect(errorPolicy(undefined, undefined, certain).backoffMs(5_000)).toBe(10_000);
  });

  it('lose at most their jitter to chance', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        fc.integer({ min: 1, max: 20 }),
        (jitter, chance, retry) => {
          const [full] = [errorPolicy({ retry: { jitter: 0 } }, undefined).backoffMs(retry)];
          const ms = errorPolicy({ retry: { jitter } }, undefined, () => chance).backoffMs(retry);
          expect(ms).toBeLessThanOrEqual(full);
          expect(ms).toBeGreaterThanOrEqual(full * (1 - jitter));
        },
      ),
    );
  });

  it('have a fifth of jitter unless told otherwise', () => {
    const half = () => 0.5;
    expect(waits(undefined, 1, half)).toEqual([90]);
    expect(waits({ jitter: true }, 1, half)).toEqual([90]);
    expect(waits({ jitter: false }, 1, half)).toEqual([100]);
    expect(waits({ jitter: 1 }, 1, half)).toEqual([50]);
  });
});

describe('an error policy that cannot be', () => {
  it.each([
    [{ retry: { attempts: -1 } }, 'errors.retry.attempts'],
    [{ retry: { attempts: 1.5 } }, 'errors.retry.attempts'],
    [{ retry: { backoff: 'soon' as '1s' } }, 'errors.retry.backoff'],
    [{ retry: { backoff: { initial: '1s', max: -1 } } }, 'errors.retry.backoff.max'],
    [{ retry: { backoff: { initial: '1s', factor: 0.5 } } }, 'errors.retry.backoff.factor'],
    [{ retry: { jitter: 1.1 } }, 'errors.retry.jitter'],
    [{ retry: { jitter: Number.NaN } }, 'errors.retry.jitter'],
    [{ retry: { order: 'value' as 'key' } }, 'errors.retry.order'],
    [{ then: 'ignore' as 'skip' }, 'errors.then'],
  ] satisfies [ErrorsOption, string][])('%p is refused by the name of its option', (option, name) => {
    for (const [app, own] of [
      [option, undefined],
      [undefined, option],
    ]) {
      expect(() => errorPolicy(app, own)).toThrow(ConfigurationError);
      expect(() => errorPolicy(app, own)).toThrow(expect.objectContaining({ option: name }));
    }
  });
});
