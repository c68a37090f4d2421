import { describe, expect, it } from '@jest/globals';
import { ConfigurationError } from '../errors/index.js';
import { mergeOptions, resolveOptions } from './index.js';

const declared = { id: 'shop', broker: 'kafka://declared:9092', commitInterval: '2s' } as const;

function resolved(option: string, ...given: Parameters<typeof resolveOptions>) {
  const { value, origin } = resolveOptions(...given).find((each) => each.option === option) ?? {};
  return [value, origin];
}

describe('an option', () => {
  it('is the default when nobody says it', () => {
    expect(resolved('broker', { id: 'shop' }, {})).toEqual(['kafka://localhost:9092', 'default']);
    expect(resolved('drainTimeout', { id: 'shop' }, {})).toEqual(['30s', 'default']);
    expect(resolved('version', { id: 'shop' }, {})).toEqual([1, 'default']);
  });

  it('is what @App says, over it what the environment says, over that what the command line says', () => {
    const environment = { WEIR_BROKER: 'kafka://environment:9092' };
    expect(resolved('broker', declared, {})).toEqual(['kafka://declared:9092', '@App']);
    expect(resolved('broker', declared, environment)).toEqual(['kafka://environment:9092', 'environment']);
    expect(resolved('broker', declared, environment, { broker: 'memory://' })).toEqual(['memory://', 'command line']);
  });

  it('has a variable of its name', () => {
    const variables = resolveOptions(declared, {}).map(({ variable }) => variable);
    expect(variables).toEqual(expect.arrayContaining(['WEIR_ID', 'WEIR_BROKER', 'WEIR_COMMIT_INTERVAL', 'WEIR_SHUTDOWN_TIMEOUT']));
    expect(new Set(variables).size).toBe(variables.length);
  });

  it('is not what an empty variable says', () => {
    expect(resolved('broker', declared, { WEIR_BROKER: '' })).toEqual(['kafka://declared:9092', '@App']);
  });

  it('that is a number is read from text, or refused by the name of its variable', () => {
    expect(resolved('version', declared, { WEIR_VERSION: '3' })).toEqual([3, 'environment']);
    for (const text of ['0', '1.5', 'two', '-1'])
      expect(() => resolveOptions(declared, { WEIR_VERSION: text })).toThrow(
        expect.objectContaining({ constructor: ConfigurationError, option: 'WEIR_VERSION' }),
      );
  });
});

describe('the end of a process whose thread is blocked', () => {
  // The variable was taken for a duration, and refused.
  it('is switched off by false, also from text', () => {
    expect(resolved('endBlocked', { id: 'shop', endBlocked: '5m' }, { WEIR_END_BLOCKED: 'false' })).toEqual([false, 'environment']);
    expect(resolved('endBlocked', { id: 'shop' }, { WEIR_END_BLOCKED: '5m' })).toEqual(['5m', 'environment']);
  });
});

describe('the rate of recoveries', () => {
  it('is a number of bytes, also from text', () => {
    const declaring = { ...declared, recovery: { bytesPerSecond: 5 } };
    expect(resolved('recovery', declared, {})).toEqual([undefined, 'default']);
    expect(resolved('recovery', declaring, {})).toEqual([{ bytesPerSecond: 5 }, '@App']);
    expect(resolved('recovery', declaring, { WEIR_RECOVERY_BYTES_PER_SECOND: '7' })).toEqual([{ bytesPerSecond: 7 }, 'environment']);
    expect(() => resolveOptions(declared, { WEIR_RECOVERY_BYTES_PER_SECOND: 'slow' })).toThrow(
      expect.objectContaining({ constructor: ConfigurationError, option: 'WEIR_RECOVERY_BYTES_PER_SECOND' }),
    );
  });
});

describe('the cache before stores', () => {
  it('is 32 MiB unless somebody gives a number of bytes', () => {
    expect(resolved('cacheBytes', { id: 'shop' }, {})).toEqual([33_554_432, 'default']);
    expect(resolved('cacheBytes', { id: 'shop', cacheBytes: 5 }, { WEIR_CACHE_BYTES: '0' })).toEqual([0, 'environment']);
    for (const text of ['256MB', '-1', '1.5'])
      expect(() => resolveOptions(declared, { WEIR_CACHE_BYTES: text })).toThrow(
        expect.objectContaining({ constructor: ConfigurationError, option: 'WEIR_CACHE_BYTES' }),
      );
  });
});

describe('the store', () => {
  it('is memory unless somebody says otherwise, and is one of those there are', () => {
    expect(resolved('store', { id: 'shop' }, {})).toEqual(['memory://', 'default']);
    expect(resolved('store', { id: 'shop' }, { WEIR_STORE: 'level://' })).toEqual(['level://', 'environment']);
    expect(() => resolveOptions(declared, { WEIR_STORE: 'rocks://' })).toThrow(expect.objectContaining({ option: 'WEIR_STORE' }));
  });
});

describe('the commit interval', () => {
  it('is shorter by default when effects wait for it', () => {
    expect(resolved('commitInterval', { id: 'shop' }, {})).toEqual(['1s', 'default']);
    expect(resolved('commitInterval', { id: 'shop', guarantee: 'exactly-once' }, {})).toEqual(['100ms', 'default']);
    expect(resolved('commitInterval', { id: 'shop' }, {}, { guarantee: 'exactly-once' })).toEqual(['100ms', 'default']);
  });

  // The guarantee of the environment was not looked at: exactly once by WEIR_GUARANTEE committed once a second.
  it('is shorter too when the environment asks for exactly once', () => {
    expect(resolved('commitInterval', { id: 'shop' }, { WEIR_GUARANTEE: 'exactly-once' })).toEqual(['100ms', 'default']);
    expect(resolved('commitInterval', { id: 'shop', guarantee: 'exactly-once' }, { WEIR_GUARANTEE: 'at-least-once' })).toEqual([
      '1s',
      'default',
    ]);
  });

  it('is what is said, whatever the guarantee', () => {
    expect(resolved('commitInterval', { ...declared, guarantee: 'exactly-once' }, {})).toEqual(['2s', '@App']);
  });
});

describe('merged options', () => {
  it('are the declaration with every option at its value', () => {
    const providers = [class Service {}];
    const merged = mergeOptions({ ...declared, providers } as never, { WEIR_ID: 'other' }, { commitInterval: 5 });
    expect(merged).toMatchObject({ id: 'other', broker: 'kafka://declared:9092', commitInterval: 5, topics: 'create', providers });
  });

  it('lay the caller’s librdkafka properties over the declared ones', () => {
    const kafka = { 'client.id': 'declared', 'linger.ms': 1 };
    expect(mergeOptions({ ...declared, kafka }, {}, { kafka: { 'linger.ms': 2 } }).kafka).toEqual({
      'client.id': 'declared',
      'linger.ms': 2,
    });
    expect(mergeOptions(declared, {}).kafka).toEqual({});
  });

  it('take the caller’s errors instead of the declared ones', () => {
    const errors = { retry: { attempts: 1 }, then: 'stop' } as const;
    expect(mergeOptions({ ...declared, errors }, {}).errors).toBe(errors);
    expect(mergeOptions({ ...declared, errors }, {}, { errors: { then: 'skip' } }).errors).toEqual({ then: 'skip' });
  });

  it('leave the declaration as it was', () => {
    const frozen = Object.freeze({ ...declared, kafka: Object.freeze({ a: 1 }) });
    expect(() => mergeOptions(frozen, { WEIR_ID: 'other' }, { kafka: { b: 2 } })).not.toThrow();
  });
});
