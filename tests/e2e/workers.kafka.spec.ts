import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createTopic, unique, write } from '../kafka/plain.js';
import { Program } from './program.js';

const PARTITIONS = 4;
const inputs = 'tellers-inputs';
let datadir: string;

beforeAll(() => createTopic(inputs, PARTITIONS));

beforeEach(() => {
  datadir = mkdtempSync(path.join(tmpdir(), 'weir-'));
});

afterEach(() => {
  Program.killAll();
  rmSync(datadir, { recursive: true, force: true });
});

/** The processes that took something, by their number among the workers. */
function takers({ out }: Program): Map<string, string> {
  return new Map([...out.matchAll(/^(\d) \| (\d+) took/gm)].map(([, number, pid]) => [number, pid]));
}

function isRunning(pid: string): boolean {
  try {
    process.kill(Number(pid), 0);
    return true;
  } catch {
    return false;
  }
}

describe('weir worker --workers', () => {
  it('shares the partitions among processes, starts again the one that is killed, and stops them all', async () => {
    let round = 0;
    const sendRound = () => {
      round++;
      return write(
        inputs,
        Array.from({ length: PARTITIONS }, (_, partition) => ({ value: `${round}-${partition}`, partition })),
      );
    };
    const supervisor = Program.weir(
      '-A',
      'tests/e2e/tellers.ts',
      'worker',
      '--id',
      unique('tellers'),
      '--workers',
      '2',
      '-D',
      datadir,
      '-l',
      'info',
    );
    await supervisor.prints('workers');
    await supervisor.logs('assigned');
    while (takers(supervisor).size < 2) {
      await sendRound();
      await supervisor.prints(`took ${round}-0`, `took ${round}-1`, `took ${round}-2`, `took ${round}-3`);
    }
    const [first, second] = ['1', '2'].map((number) => takers(supervisor).get(number) ?? '');
    expect(first).not.toBe(second);

    process.kill(Number(first), 'SIGKILL');
    await supervisor.logs('worker 1 was ended by SIGKILL');
    while (takers(supervisor).get('1') === first) {
      await sendRound();
      await supervisor.prints(`took ${round}-0`, `took ${round}-1`, `took ${round}-2`, `took ${round}-3`);
    }
    const again = takers(supervisor).get('1') ?? '';
    expect(takers(supervisor).get('2')).toBe(second);
    const workersInTheLog = new Set(
      supervisor.err
        .split('\n')
        .filter((line) => line.startsWith('{'))
        .map((line) => JSON.parse(line).worker),
    );
    expect(workersInTheLog).toEqual(new Set([1, 2]));

    expect(await supervisor.interrupt('SIGTERM')).toEqual({ code: 0, signal: null });
    expect([first, second, again].filter(isRunning)).toEqual([]);
  }, 120_000);

  it('leaves no worker behind when it is killed itself', async () => {
    const supervisor = Program.weir(
      '-A',
      'tests/e2e/tellers.ts',
      'worker',
      '--id',
      unique('tellers'),
      '--workers',
      '1',
      '-D',
      datadir,
      '-l',
      'info',
    );
    await supervisor.logs('"worker":1,"msg":"ready"');
    await write(inputs, [{ value: 'x', partition: 0 }]);
    await supervisor.prints('took x');
    const pid = takers(supervisor).get('1') ?? '';
    await supervisor.interrupt('SIGKILL');
    while (isRunning(pid)) await new Promise((resolve) => setImmediate(resolve));
  }, 60_000);
});
