import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FakeShell } from '../fake-shell.fixture.js';
import { run } from '../run.js';

let folder: string;
let shell: FakeShell;
beforeEach(() => {
  folder = mkdtempSync(fileURLToPath(new URL('../../../../node_modules/.weir-apps-', import.meta.url)));
  shell = new FakeShell();
  writeFileSync(join(folder, 'none.mjs'), 'export class Shop {}\n');
  writeFileSync(join(folder, 'broken.mjs'), "throw new Error('the registry does not answer');\n");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const naming = (module: string) => run(['agents', '-A', join(folder, module)], undefined, shell);

describe('the app that -A names', () => {
  // It ended with 1, as if the same command could come right the next time.
  it.each([
    ['nowhere.mjs', 'there is no file and no package'],
    ['none.mjs', 'exports no app. Export the class that has @App'],
    ['none.mjs:Shop', 'exports Shop, which has no @App'],
    ['none.mjs:Store', 'does not export Store'],
  ])('is a mistake of the command line where there is none: %s', async (module, says) => {
    expect(await naming(module)).toBe(2);
    expect(shell.err.text).toContain(says);
    // The supervisor has found it: its file may be gone for a moment.
    shell.environment.WEIR_WORKER = '1';
    expect(await naming(module)).toBe(1);
  });

  it('may be there and not load, which may come right the next time', async () => {
    expect(await naming('broken.mjs')).toBe(1);
    expect(shell.err.text).toMatch(/cannot load .*broken\.mjs: the registry does not answer/);
  });
});
