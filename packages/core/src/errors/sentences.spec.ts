import { describe, expect, it } from '@jest/globals';
import { AgentError, DefinitionError, withRemedy } from './index.js';

const position = { topic: 'orders', partition: 0, offset: 1 };

describe('a message with a remedy', () => {
  // `No price.. The worker stops` stood in the log.
  it.each([
    ['No price.', 'No price. Mend it'],
    ['No price', 'No price. Mend it'],
    ['No price!\n', 'No price! Mend it'],
  ])('has one full stop between them: %j', (said, expected) => {
    expect(withRemedy(said, 'Mend it')).toBe(expected);
    expect(new AgentError('shop', position, { cause: new Error(said), remedy: 'Mend it' }).message).toBe(
      `agent "shop" failed on orders[0]@1: ${expected}`,
    );
    const fault = { where: 'Shop', problem: said, remedy: 'Mend it' };
    expect(new DefinitionError([fault]).message).toContain(`Shop: ${expected}`);
  });

  it('is what was said where there is no remedy', () => {
    expect(withRemedy('No price.', undefined)).toBe('No price.');
  });
});
