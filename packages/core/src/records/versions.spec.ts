import { describe, expect, it } from '@jest/globals';
import { Type } from 'class-transformer';
import { IsInt, IsOptional, IsString, ValidateNested } from 'class-validator';
import { DecodeError } from '../errors/index.js';
import type { Class } from '../metadata/index.js';
import { type RecordOptions, recordCodec, recordFaults, recordOptions } from './index.js';

class First {
  @IsInt() euros!: number;
}

class Amount {
  @IsInt() cents!: number;
  @IsString() currency!: string;
}

class Payment {
  @IsString() id!: string;
  @ValidateNested() @Type(() => Amount) amount!: Amount;
}

function declare<T extends object>(record: Class<T>, options: RecordOptions): Class<T> {
  class Declared extends (record as Class<object>) {}
  recordOptions.write(Declared as Class, { name: record.name, ...options });
  return Declared as unknown as Class<T>;
}

const upcast: RecordOptions['upcast'] = {
  1: (old: First) => ({ cents: old.euros * 100 }),
  2: (old: { cents: number }) => ({ ...old, currency: 'EUR' }),
};

function refusal(action: () => unknown): DecodeError {
  try {
    action();
  } catch (thrown) {
    if (thrown instanceof DecodeError) return thrown;
    throw thrown;
  }
  throw new Error('nothing was refused');
}

describe.each(['strip', 'keep', 'reject'] as const)('a record with a version, unknown fields: %s', (unknown) => {
  const first = recordCodec(declare(First, { unknown }));
  const third = recordCodec(declare(Amount, { version: 3, upcast, unknown }));

  it('says it before its fields, and nothing in version 1', () => {
    expect(first.encode({ euros: 5 })).toBe('{"euros":5}');
    expect(third.encode({ cents: 5, currency: 'CZK' })).toBe('{"weir-version":3,"cents":5,"currency":"CZK"}');
  });

  it('reads what it has written, without its version among the fields', () => {
    const read = third.decode(third.encode({ cents: 5, currency: 'CZK' }));
    expect({ ...read }).toEqual({ cents: 5, currency: 'CZK' });
    expect(read).toBeInstanceOf(Amount);
  });

  it('reads what each earlier version has written, step by step', () => {
    expect({ ...third.decode(first.encode({ euros: 5 })) }).toEqual({ cents: 500, currency: 'EUR' });
    expect({ ...third.decode('{"weir-version":1,"euros":5}') }).toEqual({ cents: 500, currency: 'EUR' });
    expect({ ...third.decode('{"cents":7,"weir-version":2}') }).toEqual({ cents: 7, currency: 'EUR' });
  });

  it('refuses what a newer one has written, naming both and the remedy', () => {
    const error = refusal(() => first.decode(third.encode({ cents: 5, currency: 'CZK' })));
    expect([error.code, error.message]).toEqual([
      'VERSION_NEWER',
      'not a valid First: weir-version: expected a version up to 1, got 3. Newer code has written it: run that, and replay what was set aside meanwhile (`weir dlq replay`)',
    ]);
  });
});

describe('what an upcast reads', () => {
  const read = (text: string, upcast: NonNullable<RecordOptions['upcast']>) =>
    refusal(() => recordCodec(declare(Amount, { version: 2, upcast })).decode(text));

  it('is checked as any message of the version that it becomes', () => {
    const { code, fields } = read('{"euros":5}', { 1: (old: First) => ({ cents: old.euros / 3, currency: 'EUR' }) });
    expect([code, fields.map(({ path }) => path)]).toEqual(['DECODE_FAILED', ['cents']]);
  });

  it('is refused where the upcast throws, or gives no object', () => {
    const thrown = () => {
      throw new Error('no rate');
    };
    expect(read('{"euros":5}', { 1: thrown }).message).toContain(
      'a message of version 1 that its upcast can read, got an exception: no rate',
    );
    expect(read('{"euros":5}', { 1: () => 5 as never }).message).toContain('an object from its upcast 1, got 5');
    expect(read('{"euros":5}', { 1: (() => Promise.reject(new Error('late'))) as never }).message).toContain('an object from its upcast 1');
  });

  it('is refused where it has an integer that was rounded: nobody knows what the upcast makes of it', () => {
    const error = read('{"euros":9007199254740993}', { 1: (old: First) => ({ cents: 1, currency: String(old.euros) }) });
    expect(error.fields).toMatchObject([{ path: 'euros', received: '9007199254740993' }]);
  });

  it.each(['0', '-1', '1.5', '"2"', 'null', '{}'])('is refused where its version is %s', (version) => {
    expect(read(`{"weir-version":${version},"euros":5}`, { 1: (old) => old }).message).toContain(
      'weir-version: expected a whole number from 1',
    );
  });
});

it('leaves it to the record as a whole to say the version, and not to those within it', () => {
  recordOptions.write(Payment as Class, {
    version: 2,
    upcast: { 1: (old: { id: string }) => ({ ...old, amount: { cents: 1, currency: 'EUR' } }) },
  });
  recordOptions.write(Amount as Class, { version: 3, upcast });
  const codec = recordCodec(Payment);
  const text = codec.encode({ id: 'a', amount: { cents: 5, currency: 'CZK' } });
  expect(text).toBe('{"weir-version":2,"id":"a","amount":{"cents":5,"currency":"CZK"}}');
  expect(codec.decode(text).amount).toBeInstanceOf(Amount);
  expect(codec.decode('{"id":"a"}')).toMatchObject({ amount: { cents: 1 } });
});

it('writes a record without fields, and refuses to write one that has a version among them', () => {
  class Empty {
    @IsOptional() @IsString() note?: string;
  }
  const codec = recordCodec(declare(Empty, { version: 2, upcast: { 1: (old) => old }, unknown: 'keep' }));
  expect(codec.encode({})).toBe('{"weir-version":2}');
  expect({ ...codec.decode('{"weir-version":2}') }).toEqual({});
  expect(() => codec.encode({ 'weir-version': 1 } as never)).toThrow(/its member weir-version is that of weir/);
});

describe('the faults of a version', () => {
  const faultsOf = (options: object) =>
    recordFaults(declare(Amount, options as RecordOptions)).map(({ problem, remedy }) => [problem, remedy]);

  it('are those of a number that is none', () => {
    for (const version of [0, -1, 1.5, '2', Number.NaN])
      expect(faultsOf({ version })).toMatchObject([[expect.stringMatching(/^version is /), 'Give a whole number from 1']]);
  });

  it('are versions that nothing reads', () => {
    expect(faultsOf({ version: 4, upcast: { 2: (old: object) => old } })).toEqual([
      [
        'it has version 4, and nothing that reads version 1, 3',
        'Add upcast: { 1: (old) => … }, which makes of the members of version 1 those of version 2',
      ],
    ]);
    expect(faultsOf({ version: 20260101 })).toMatchObject([[expect.stringContaining('version 1, 2, 3, 4, 5, …'), expect.anything()]]);
  });

  it('are upcasts that nobody calls, are no functions, or wait', () => {
    expect(faultsOf({ upcast: { 1: (old: object) => old } })).toMatchObject([
      ['its upcast 1 is never called, for its version is 1', 'Say which version it is now: version: 2'],
    ]);
    expect(
      faultsOf({ version: 3, upcast: { 1: 5, 2: async (old: object) => old, latest: (old: object) => old } }).map(([problem]) => problem),
    ).toEqual(['its upcast latest is never called, for its version is 3', 'its upcast 1 is 5', 'its upcast 2 is asynchronous']);
    expect(faultsOf({ version: 2, upcast: 'none' })).toMatchObject([["upcast is 'none'", expect.anything()]]);
  });

  it('are none where all is said', () => {
    expect(faultsOf({ version: 3, upcast })).toEqual([]);
    expect(faultsOf({ version: 1 })).toEqual([]);
  });
});
