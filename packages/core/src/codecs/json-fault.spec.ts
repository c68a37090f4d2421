import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DecodeError } from '../errors/index.js';
import { json } from './index.js';
import { jsonFault } from './json-fault.js';

function told(text: string): string {
  try {
    json().decode(text as never);
  } catch (error) {
    if (error instanceof DecodeError) return error.message;
  }
  return 'JSON';
}

describe('a text that is no JSON', () => {
  // The text alone was shown, cut after 80 characters; a byte order mark could not be seen.
  it.each([
    ['{"a":1,]}', "']' at position 7"],
    ['{"a" 1}', "'1' at position 5"],
    ["{'a':1}", 'at position 1'],
    ['{"a":1} x', "'x' at position 8"],
    ['{"a":1}}', "'}' at position 7"],
    ['[1,2,]', "']' at position 5"],
    ['[1 2]', "'2' at position 3"],
    ['{"a":tru}', "'t' at position 5"],
    ['NaN', "'N' at position 0"],
    ['[01]', "'1' at position 2"],
    ['"a\tb"', `'"' at position 0`],
    ['{"a":1', 'ends too early, after 6 characters'],
    ['\u00a0{}', 'U+00A0 at position 0'],
    [`{"long":"${'x'.repeat(200)}",oops}`, "'o' at position 211"],
    ['\uFEFF{"a":1}', String.raw`'\uFEFF{"a":1}': a byte order mark (U+FEFF) in front`],
  ])('is told with the position: %j', (text, expected) => {
    expect(told(text)).toContain(expected);
  });

  it('is told wherever it is broken, at a place that what stands behind it does not change', () => {
    const broken = fc.tuple(fc.json({ maxDepth: 4 }), fc.nat(), fc.constantFrom('', 'x', '}', '"', ',', ':', '\u0000'));
    fc.assert(
      fc.property(broken, ([text, place, put]) => {
        const at = place % text.length;
        const changed = text.slice(0, at) + put + text.slice(at + 1);
        if (changed === '' || told(changed) === 'JSON') return;
        const found = /^(.+) at position (\d+)$/.exec(jsonFault(changed));
        if (found !== null) expect(jsonFault(`${changed.slice(0, Number(found[2]) + 2)}`)).toBe(found[0]);
      }),
    );
  });

  it('may be nested as deeply as a message can be', () => {
    expect(jsonFault('['.repeat(100_000))).toBe('a text that ends too early, after 100000 characters');
  });
});
