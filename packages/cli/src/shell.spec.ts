import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { expect, it } from '@jest/globals';
import { linesOf } from './shell.js';

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

// Bytes that are no UTF-8 came as the replacement character, and a line separator within a JSON text cut it in two.
it('gives the lines of standard input as the bytes that they are', async () => {
  const lines = [
    Buffer.from('Eli\u0161ka'),
    Buffer.from([0xe9, 0x00, 0xff]),
    Buffer.from('"one\u2028line"'),
    Buffer.alloc(0),
    Buffer.from('last'),
  ];
  const whole = Buffer.concat(lines.flatMap((line, index) => (index === 0 ? [line] : [Buffer.from(index === 2 ? '\r\n' : '\n'), line])));
  for (const size of [1, 3, whole.length]) {
    const chunks = Array.from({ length: Math.ceil(whole.length / size) }, (_, index) => whole.subarray(index * size, (index + 1) * size));
    const given: Buffer[] = [];
    for await (const line of linesOf(Readable.from(chunks, { objectMode: false }))) given.push(line);
    expect(given).toEqual(lines);
  }
});
