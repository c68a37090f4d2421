import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from '@jest/globals';

// Node ends such a process with 13, and nobody said a word.
it('a command that waits for what nobody settles says so, and fails', () => {
  const folder = mkdtempSync(join(tmpdir(), 'weir-idle-'));
  try {
    const app = join(folder, 'app.mjs');
    writeFileSync(app, 'await new Promise(() => {});\nexport class App {}\n');
    const bin = fileURLToPath(new URL('../bin/weir.js', import.meta.url));
    const { status, stderr } = spawnSync(process.execPath, [bin, '-A', app, 'worker', '-b', 'memory://'], { encoding: 'utf8' });
    expect(stderr).toContain('error: nothing is left that could go on, and the command has not come to its end');
    expect(status).toBe(1);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
