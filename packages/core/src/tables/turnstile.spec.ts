import { expect, it } from '@jest/globals';
import type { Attempt } from '../attempts/index.js';
import { Turnstile } from './turnstile.js';

const attempt = (from: number) => ({ lane: { agent: { name: 'count' }, topic: 'views' }, from, hasSent: false }) as unknown as Attempt;

// Two events that ran again in the same way after each rewind overtook each other for ever.
it('an event that was overtaken twice goes through alone, also where its group was rewound in between', () => {
  const turnstile = new Turnstile();
  turnstile.overtook(attempt(0));
  turnstile.reset();
  expect(turnstile.isInsisting(attempt(0))).toBe(false);
  turnstile.overtook(attempt(0));
  turnstile.reset();
  expect([turnstile.isInsisting(attempt(0)), turnstile.isInsisting(attempt(1))]).toEqual([true, false]);
  turnstile.wentThrough(attempt(0));
  expect(turnstile.isInsisting(attempt(0))).toBe(false);
});

it('a rewind lets go of who holds it', async () => {
  const turnstile = new Turnstile();
  const [one, other] = [{}, {}];
  turnstile.enter(one);
  const busy = turnstile.busyFor(other);
  turnstile.reset();
  await busy;
  expect(turnstile.busyFor(other)).toBeUndefined();
});
