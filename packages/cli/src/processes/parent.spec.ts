import { describe, expect, it } from '@jest/globals';
import { VirtualClock } from '@weir/core/internal/time';
import { watchParent } from './parent.js';

function watched(environment: Readonly<Record<string, string>>) {
  const clock = new VirtualClock();
  const parent = { id: 100, gone: 0 };
  const end = watchParent({ clock, environment, id: () => parent.id }, () => void parent.gone++);
  return { parent, end, pass: () => clock.advanceTo(clock.now() + 5_000) };
}

describe('a process that npm has started', () => {
  // npm ended its shell at SIGTERM and was gone; the worker read on, and nobody knew of it.
  it('is told once that npm is gone', () => {
    const { parent, pass } = watched({ npm_lifecycle_event: 'start' });
    pass();
    expect(parent.gone).toBe(0);
    parent.id = 1;
    pass();
    pass();
    expect(parent.gone).toBe(1);
  });

  it('is not told when it does not listen any more', () => {
    const { parent, end, pass } = watched({ npm_lifecycle_event: 'start' });
    end();
    parent.id = 1;
    pass();
    expect(parent.gone).toBe(0);
  });

  it('goes on without whoever else has started it', () => {
    const { parent, pass } = watched({});
    parent.id = 1;
    pass();
    expect(parent.gone).toBe(0);
  });
});
