import { describe, expect, it } from '@jest/globals';
import { resolveOptions, unreadVariables } from './index.js';

describe('a variable that nobody reads', () => {
  // WEIR_BROKERS was as good as nothing: the worker went to localhost, and said nothing.
  it.each([
    ['WEIR_BROKERS', 'WEIR_BROKER'],
    ['WEIR_GUARANTE', 'WEIR_GUARANTEE'],
    ['WEIR_COMMITINTERVAL', 'WEIR_COMMIT_INTERVAL'],
    ['weir_broker', undefined],
  ])('%s is told, with the one that may be meant', (name, meant) => {
    const [told] = unreadVariables({ [name]: 'hunter2', PATH: '/bin' });
    expect(told).toContain(`nobody reads the variable ${name}`);
    expect(told).toContain(meant === undefined ? '`weir config`' : `Did you mean ${meant}?`);
    expect(told).not.toContain('hunter2');
  });

  it('is none of those that are read', () => {
    const options = resolveOptions({ id: 'shop' }, {}).map(({ variable }) => [variable, 'x']);
    expect(unreadVariables({ ...Object.fromEntries(options), WEIR_APP: 'a', WEIR_LOGLEVEL: 'info', WEIR_LOGFILE: 'f' })).toEqual([]);
  });
});
