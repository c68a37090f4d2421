import { describe, expect, it } from '@jest/globals';
import { Recent } from './recent.js';

describe('the messages that a lane was given last', () => {
  it('are known when they come once more', () => {
    const recent = new Recent();
    expect([recent.add(7, 100), recent.add(8, 100), recent.add(7, 100), recent.add(8, 100), recent.add(9, 101)]).toEqual([
      false,
      false,
      true,
      true,
      false,
    ]);
  });

  it('are told from those of a topic that was made anew', () => {
    const recent = new Recent();
    recent.add(0, 100);
    expect([recent.add(0, 200), recent.add(0, 200)]).toEqual([false, true]);
  });

  it('are forgotten when many others have come', () => {
    const recent = new Recent();
    for (let offset = 0; offset <= 256; offset++) recent.add(offset, 100);
    expect([recent.add(0, 100), recent.add(200, 100)]).toEqual([false, true]);
  });
});
