import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { compileTypeScript, compilingBy } from './compile-typescript.js';

const source = `
import { IsInt, type ValidationError } from 'class-validator';
import { Tags } from './tags.js';
export class Order {
  static #made = 0;
  static { Order.#made += 1; }
  readonly #secret = 1;
  @IsInt() id!: number;
  note = this.customer + Order.#made;
  declare faults: ValidationError[];
  tags?: Tags;
  constructor(private readonly customer: string) {}
  async *#each() { yield this.#secret; }
  async sum() { let all = 0; for await (const one of this.#each()) all += one; return all ** 2 || (all ??= 1); }
}`;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-compile-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function compiled(compilerOptions: object, given: object = {}): string {
  writeFileSync(join(folder, 'base.json'), JSON.stringify({ compilerOptions }));
  const tsconfig = join(folder, 'tsconfig.json');
  writeFileSync(tsconfig, JSON.stringify({ extends: './base.json', compilerOptions: { experimentalDecorators: true, ...given } }));
  return compileTypeScript(join(folder, 'order.ts'), source, compilingBy(tsconfig));
}

const imports = (code: string) => [...code.matchAll(/^import .*'?"([^"]+)";$/gm)].map(([, name]) => name);

describe('TypeScript that is run as it is', () => {
  // Private members were weak maps and fields were defined by helpers, which took a quarter of the speed.
  it.each([{}, { target: 'ES2022' }, { target: 'ESNext' }, { target: 'ES2017' }, { useDefineForClassFields: false }])(
    'keeps what its classes have, and takes no helper but that of decorators: %j',
    (options) => {
      const code = compiled(options);
      expect(imports(code)).toEqual(['class-validator', '@oxc-project/runtime/helpers/decorate']);
      for (const kept of ['static #made = 0', 'static {', '#secret', 'async *#each()', 'for await', '**', '??='])
        expect(code).toContain(kept);
      expect(code).not.toContain('WeakMap');
    },
  );

  it.each([{}, { target: 'ES2022' }, { target: 'ES2015', useDefineForClassFields: true }])(
    'defines fields where tsc does: %j',
    (options) => {
      expect(compiled(options)).toMatch(/^\tid;$/m);
      expect(compiled(options)).toMatch(/^\ttags;$/m);
    },
  );

  it.each([{ target: 'ES2021' }, { target: 'es6' }, { target: 'ES2022', useDefineForClassFields: false }])(
    'assigns fields in the constructor where tsc does, after its parameters: %j',
    (options) => {
      const code = compiled(options);
      expect(code).not.toMatch(/^\t(id|tags|faults);$/m);
      expect(code).toMatch(/this\.customer = customer;[^}]*this\.note = this\.customer/);
    },
  );

  it('emits the types of decorated members where the project says so, and imports of values only', () => {
    expect(compiled({ emitDecoratorMetadata: true })).toContain('"design:type", Number');
    expect(compiled({ verbatimModuleSyntax: true })).toContain('import { Tags } from "./tags.js"');
    expect(compiled({})).not.toContain('./tags.js');
  });

  it('brings the map of what it was', () => {
    const [, map = ''] = /base64,(\S+)\n$/.exec(compiled({})) ?? [];
    expect(JSON.parse(Buffer.from(map, 'base64').toString())).toMatchObject({
      sources: [join(folder, 'order.ts')],
      sourcesContent: [source],
    });
  });

  it('says that a file cannot be parsed as the loader does', () => {
    writeFileSync(join(folder, 'tsconfig.json'), '{}');
    const options = compilingBy(join(folder, 'tsconfig.json'));
    expect(() => compileTypeScript('/app/a.ts', 'const = 1', options)).toThrow(/^Failed to parse \/app\/a\.ts: \S/);
  });
});
