import { describe, expect, it } from '@jest/globals';
import { defineToString, formatRecord } from './index.js';

class Registration {
  name = 'Eliška';
  surname = 'Najbrtová';
  id = 4;
}

const record = (fields: object) => Object.assign(new (class Thing {})(), fields);

describe('a record as text', () => {
  it('is its class and its fields', () => {
    expect(formatRecord(new Registration())).toBe("<Registration: name='Eliška', surname='Najbrtová', id=4>");
  });

  it.each([
    ['escapes quotes and control characters', { a: "it's\n\\ \u0001" }, "<Thing: a='it\\'s\\n\\\\ \\x01'>"],
    [
      'shows nested records, objects and lists',
      { a: [new Registration().id, record({ b: true })], c: { d: 'e' } },
      "<Thing: a=[4, <Thing: b=true>], c={d: 'e'}>",
    ],
    ['shows null, and leaves out what has no value', { a: null, b: undefined }, '<Thing: a=null>'],
    ['shows dates in ISO form', { at: new Date(0), bad: new Date(Number.NaN) }, '<Thing: at=1970-01-01T00:00:00.000Z, bad=Invalid Date>'],
    ['shows bytes by their number', { bytes: Buffer.alloc(3), big: 3n }, '<Thing: bytes=<3 bytes>, big=3n>'],
    ['has only a name without fields', {}, '<Thing>'],
  ])('%s', (_, fields, text) => {
    expect(formatRecord(record(fields))).toBe(text);
  });

  it('ends where a record contains itself', () => {
    const self = record({}) as { self?: object };
    self.self = self;
    expect(formatRecord(self)).toBe('<Thing: self=…>');
  });
});

describe('defineToString', () => {
  it('makes a template show the record, without becoming a field', () => {
    class Person extends Registration {}
    defineToString(Person);
    expect(`${new Person()}`).toBe("<Person: name='Eliška', surname='Najbrtová', id=4>");
    expect(Object.keys(Person.prototype)).toEqual([]);
    expect(JSON.stringify(new Person())).not.toContain('toString');
  });

  it('leaves a toString of the class or of one that it extends alone', () => {
    class Own {
      toString(): string {
        return 'own';
      }
    }
    class Child extends Own {}
    defineToString(Own);
    defineToString(Child);
    expect(`${new Own()} ${new Child()}`).toBe('own own');
  });
});
