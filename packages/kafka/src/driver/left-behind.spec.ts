import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';

const module = fileURLToPath(new URL('../../dist/driver/left-behind.js', import.meta.url));

/** A process with a thread of its pool that never comes back: it opens a pipe that nobody writes to. */
function run(leaveBehind: boolean, timeout: number): { readonly status: number | null; readonly signal: string | null } {
  const folder = mkdtempSync(join(tmpdir(), 'weir-left-behind-'));
  try {
    spawnSync('mkfifo', [join(folder, 'pipe')]);
    const program = `
      import { open } from 'node:fs';
      import { leaveBehind } from ${JSON.stringify(module)};
      const hanging = new Promise((resolve) => open(${JSON.stringify(join(folder, 'pipe'))}, 'r', resolve));
      if (${leaveBehind}) leaveBehind(hanging);
      process.exit(3);`;
    return spawnSync(process.execPath, ['--input-type=module', '-e', program], { timeout, killSignal: 'SIGKILL' });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe('a client that does not come back from being closed', () => {
  it('keeps no process from ending, nor its exit code from being told', () => {
    expect(run(true, 60_000)).toMatchObject({ status: 3, signal: null });
  });

  it('would keep it for ever otherwise: Node waits for the threads of its pool', () => {
    expect(run(false, 4_000)).toMatchObject({ status: null, signal: 'SIGKILL' });
  });
});
