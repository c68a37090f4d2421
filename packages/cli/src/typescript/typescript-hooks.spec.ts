import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { load as note } from './given-sources.js';
import { initialize, load, resolve } from './typescript-hooks.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-hooks-'));
  const tsconfig = join(folder, 'tsconfig.json');
  writeFileSync(tsconfig, '{}');
  initialize({ tsconfig });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const written = 'export class A {\n\t#a = 1;\n\tb = this.#a;\n}\n';

const nothing = { conditions: [], importAttributes: {}, importAssertions: {} };

/** As the loader behind gives it. */
async function loaded(name: string, format: 'module' | 'commonjs' = 'module', query = '', given = written): Promise<string> {
  const context = { ...nothing, format };
  const url = `${pathToFileURL(join(folder, name))}${query}`;
  const lowering = async () => ({ ...(await note(url, context, async () => ({ format, source: Buffer.from(given) }))), source: 'lowered' });
  const { source } = await load(url, context, lowering);
  return String(source);
}

describe('modules of an app that is run as it is', () => {
  // Also JavaScript was lowered that is not below node_modules: that of weir itself in a checkout.
  it('are JavaScript as it is, and TypeScript as tsc writes it', async () => {
    expect(await loaded('a.js')).toBe(written);
    expect(await loaded('a.ts')).toContain(written);
    expect(await loaded('a.mts', 'module', '?again=1')).toContain(written);
  });

  // What instruments modules has sources of its own.
  it('are what other hooks have made of them', async () => {
    expect(await loaded('a.js', 'module', '?traced=true', 'export const traced = 1;\n')).toBe('export const traced = 1;\n');
    expect(await loaded('a.ts', 'module', '', 'export const traced: number = 1;\n')).toContain('export const traced = 1;\n');
  });

  it('are left to the loader behind where they are no such modules', async () => {
    expect(await loaded('a.cts', 'commonjs')).toBe('lowered');
    expect(await loaded('a.tsx')).toBe('lowered');
  });

  it('find the helpers of decorators where the command has them', async () => {
    const context = { ...nothing, parentURL: undefined };
    const next = (specifier: string) => ({ url: specifier });
    expect((await resolve('@oxc-project/runtime/helpers/decorate', context, next)).url).toMatch(
      /@oxc-node\/core\/src\/helpers\/\S*decorate\.js$/,
    );
    expect((await resolve('./other.js', context, next)).url).toBe('./other.js');
  });
});
