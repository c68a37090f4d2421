import { afterEach, describe, expect, it } from '@jest/globals';
import { Program } from '../e2e/program.js';

/** The start of the brokers, a minute, the end of the work and the counting. */
const limitMs = 360_000;

/** Half a minute of each guarantee: a minute in all. `npm run test:chaos` runs for as long as it is told, with other seeds. */
const runs = [
  ['at-least-once', 'cooperative', 'unnamed', 2],
  ['exactly-once', 'cooperative', 'named', 7],
] as const;

afterEach(() => Program.killAll());

describe('workers and brokers that are killed, halted and restarted', () => {
  it.each(runs)(
    'keep every promise of %s',
    async (guarantee, protocol, members, seed) => {
      const options = ['--guarantee', guarantee, '--protocol', protocol, '--members', members, '--seed', String(seed)];
      const run = Program.file('tests/chaos/main.ts', '0.5', '--nodes', '3', '--workers', '4', '--rate', '100', ...options);
      const { code } = await run.ended;
      expect(`${code}\n${run.out}`).toMatch(/^0\n/);
      expect(run.out).toContain('every promise was kept');
    },
    limitMs,
  );
});
