import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { AgentError, ConfigurationError, codes, DecodeError, DefinitionError, retired } from './index.js';

const here = dirname(fileURLToPath(import.meta.url));
const reference = readFileSync(join(here, '../../../../docs/reference/errors.md'), 'utf8');

describe('error codes', () => {
  it('stand in the error reference, all of them and no others', () => {
    const documented = [...reference.matchAll(/^### `([A-Z_]+)`$/gm)].map(([, code]) => code);
    expect(documented.sort()).toEqual(Object.keys(codes).sort());
  });

  it('are not used again after they are retired', () => {
    expect(retired.filter((code) => code in codes)).toEqual([]);
  });
});

describe('errors', () => {
  it('carry the name of their class', () => {
    expect(new DecodeError('Order', []).name).toBe('DecodeError');
  });

  it('list every fault of a declaration with its remedy', () => {
    const error = new DefinitionError([
      { where: 'Shop', member: 'take', problem: 'its topic is undefined', remedy: 'Look for a circular import' },
      { where: "topic 'a b'", problem: 'illegal name', remedy: 'Use other characters' },
    ]);
    expect(error.message).toBe(
      "2 faults in the declarations\n  - Shop.take: its topic is undefined. Look for a circular import\n  - topic 'a b': illegal name. Use other characters",
    );
  });

  it('name the position and keep what was thrown as their cause', () => {
    const cause = new Error('no stock');
    const error = new AgentError('Shop.take', { topic: 'orders', partition: 3, offset: 17 }, { cause });
    expect(error.message).toBe('agent "Shop.take" failed on orders[3]@17: no stock');
    expect(error.cause).toBe(cause);
  });

  it('say what was expected of an option', () => {
    expect(new ConfigurationError('drainTimeout', 'soon', "a text like '5s'").message).toBe(
      "drainTimeout: expected a text like '5s', got 'soon'",
    );
  });
});
