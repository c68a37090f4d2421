import { describe, expect, it } from '@jest/globals';
import { Expose, Transform, Type } from 'class-transformer';
import { IsArray, IsDate, IsOptional, IsString, ValidateNested } from 'class-validator';
import type { DecodeError } from '../../errors/index.js';
import { RecordCodec } from '../record-codec.js';
import { type Compiler, compiler } from './compile.js';
import { interpret } from './interpret.js';

class Stop {
  @IsDate() @Type(() => Date) at!: Date;
}

class Trip {
  @IsDate() @Type(() => Date) when!: Date;
  @IsArray() @IsDate({ each: true }) @IsOptional() @Type(() => Date) several?: Date[];
  @ValidateNested() @IsOptional() @Type(() => Stop) stop?: Stop;
}

/** One that class-transformer itself has to build. */
class Renamed {
  @IsDate() @Type(() => Date) @Expose({ name: 'on' }) when!: Date;
  @IsOptional() @ValidateNested({ each: true }) @Type(() => Stop) stops?: Stop[];
  @IsOptional()
  @IsDate()
  @Type(() => Date)
  @Transform(({ obj }) => obj.own && new Date(String(obj.own).split('.').reverse().join('-')))
  own?: Date;
}

class Flight extends Stop {
  @IsString() kind!: string;
}

class Ferry {
  @IsString() kind!: string;
}

class Journey {
  @ValidateNested()
  @Type(() => Object, {
    keepDiscriminatorProperty: true,
    discriminator: {
      property: 'kind',
      subTypes: [
        { value: Flight, name: 'flight' },
        { value: Ferry, name: 'ferry' },
      ],
    },
  })
  by!: Flight | Ferry;
}

const ways: readonly [string, Compiler][] = [
  ['generated code', compiler],
  ['closures', interpret],
];
const noDates: readonly unknown[] = ['order 1', '2026-02-30', 'May 5', '', true, false, {}, { valueOf: 1 }];

function faults(decode: () => unknown): readonly string[] {
  try {
    decode();
    return [];
  } catch (error) {
    return (error as DecodeError).fields.map(({ path, expected }) => `${path}: ${expected}`);
  }
}

// `new Date` finds one in `order 1`, takes the 30th of February for the 2nd of March, and true for a moment of 1970.
describe.each(ways)('dates declared with @Type, read by %s', (_, make) => {
  const trips = new RecordCodec(Trip, make);
  const renamed = new RecordCodec(Renamed, make);

  it('are texts of ISO 8601 and milliseconds', () => {
    const when = new Date('2026-11-30T10:00:00.500Z');
    for (const said of ['2026-11-30T10:00:00.500Z', '2026-11-30T12:00:00.5+02:00', when.getTime()]) {
      expect(trips.decode(JSON.stringify({ when: said, several: [said], stop: { at: said } }))).toEqual({
        when,
        several: [when],
        stop: { at: when },
      });
      expect(renamed.decode(JSON.stringify({ on: said, stops: [{ at: said }] }))).toEqual({ when, stops: [{ at: when }] });
    }
  });

  it.each(noDates.map((each) => [each]))('are not %j, at any depth', (said) => {
    const right = '2026-11-30';
    expect(faults(() => trips.decode(JSON.stringify({ when: said })))).toEqual(['when: a date']);
    expect(faults(() => trips.decode(JSON.stringify({ when: right, several: [right, said] })))).toEqual(['several[1]: a date']);
    expect(faults(() => trips.decode(JSON.stringify({ when: right, stop: { at: said } })))).toEqual(['stop.at: a date']);
    expect(faults(() => renamed.decode(JSON.stringify({ on: said })))).toEqual(['when: a date']);
    expect(faults(() => renamed.decode(JSON.stringify({ on: right, stops: [{ at: said }] })))).toEqual(['stops[0].at: a date']);
  });

  it('are what a @Transform makes of the text that came', () => {
    expect(renamed.decode('{"on":"2026-11-30","own":"30.11.2026"}')).toMatchObject({ own: new Date('2026-11-30') });
  });

  it('are looked for in the class that a discriminator chooses', () => {
    const journeys = new RecordCodec(Journey, make);
    expect(faults(() => journeys.decode('{"by":{"kind":"flight","at":"order 1"}}'))).toEqual(['by.at: a date']);
    expect(journeys.decode('{"by":{"kind":"flight","at":"2026-11-30"}}')).toMatchObject({ by: { at: new Date('2026-11-30') } });
    expect(journeys.decode('{"by":{"kind":"ferry"}}')).toEqual({ by: { kind: 'ferry' } });
  });
});
