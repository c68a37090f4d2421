import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

const fromHere = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const limitMs = 60_000;

let folder: string;
beforeEach(() => {
  // Where the packages are found, as in a project, and TypeScript is run.
  folder = mkdtempSync(fromHere('../dist/.readme-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** What stands in the README first in a language. */
function pasted(language: string): string {
  const [, text = ''] = new RegExp(`\`\`\`${language}\n([^]*?)\`\`\``).exec(readFileSync(fromHere('../../../README.md'), 'utf8')) ?? [];
  return text;
}

/** The first lines that a worker prints, until one of them says what is waited for. */
function printed(args: readonly string[], awaited: string): Promise<string> {
  const child = spawn(process.execPath, [fromHere('../bin/weir.js'), ...args], { cwd: folder, timeout: limitMs });
  let text = '';
  const hear = (chunk: Buffer) => {
    text += chunk;
    if (text.includes(awaited)) child.kill();
  };
  child.stdout.on('data', hear);
  child.stderr.on('data', hear);
  return new Promise((resolve) => child.once('close', () => resolve(text)));
}

describe('the app of the README', () => {
  // It imported files that were not shown.
  it(
    'runs as it was pasted',
    async () => {
      writeFileSync(join(folder, 'app.ts'), pasted('ts'));
      writeFileSync(join(folder, 'tsconfig.json'), pasted('json'));
      writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
      expect(await printed(['-A', 'app.ts', 'worker', '-b', 'memory://', '-q'], 'Person 1')).toBe('Hello, Person 1 (1)\n');
    },
    limitMs,
  );
});
