import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { importFailure } from './import-failure.js';

let folder: string;
beforeEach(() => {
  // Where a compiler of TypeScript is found, as in a project.
  folder = mkdtempSync(fileURLToPath(new URL('../../../../node_modules/.weir-imports-', import.meta.url)));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(files: Readonly<Record<string, string>>): void {
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
}

function told(entry: string, cause: Error, stack?: string): string {
  if (stack !== undefined) cause.stack = stack;
  const path = join(folder, entry);
  return importFailure({ module: entry, path, url: `file://${path}`, exported: undefined }, cause).message;
}

describe('an app that cannot be imported', () => {
  // Node's error names no file, and the loader of TypeScript no line.
  it.each([
    ['app.js', 'broken.js', new SyntaxError("Unexpected token ';'")],
    ['app.ts', 'broken.ts', undefined],
  ])('is told with file, line and column of what cannot be parsed: %s', (entry, broken, error) => {
    write({ [entry]: "import { a } from './between.js';\nexport { a };", 'between.js': `export * from './${broken}';` });
    write({ [broken]: 'export const a = 1;\nexport const b = {;\n' });
    const cause = error ?? new Error(`Failed to parse file://${join(folder, broken)}: Unexpected token`);
    expect(told(entry, cause, String(cause))).toContain(`\n    at ${join(folder, broken)}:2:19`);
  });

  it('is told with the place of a name that another module does not export', () => {
    const cause = new SyntaxError("The requested module './b.js' does not provide an export named 'gone'");
    const stack = `file://${join(folder, 'app.js')}:3\nimport { gone } from './b.js';\n         ^^^^\n${cause}`;
    expect(told('app.js', cause, stack)).toContain(`app.js:3:10`);
  });

  it('is told with the circle in which its modules import each other', () => {
    write({
      'app.ts': "import { App } from '@weir/core';\nimport {\n  orders,\n} from './orders.js';\nexport const id = 'a';",
      'orders.ts': "import { prefix } from './names.js';\nimport type { Nothing } from './none.js';\nexport const orders = prefix;",
      'names.ts': "export { id as prefix } from './app.js';",
      'none.ts': "import './orders.js';",
    });
    const cause = new ReferenceError("Cannot access 'id' before initialization");
    const message = told('app.ts', cause, `${cause}\n    at <anonymous> (${join(folder, 'orders.ts')}:3:24)\n    at node:internal/x`);
    expect(message.replaceAll(/[^\s]*\.weir-imports-\w+\//g, '')).toContain('circle: orders.ts → names.ts → app.ts → orders.ts. Move');
  });

  it('is told as it is where there is no circle', () => {
    write({ 'app.js': 'console.log(id); const id = 1;' });
    const cause = new ReferenceError("Cannot access 'id' before initialization");
    expect(told('app.js', cause, `${cause}\n    at ${join(folder, 'app.js')}:1:13`)).toBe(`cannot load app.js: ${cause}`);
  });

  // "Cannot read properties of undefined (reading 'constructor')" was all that a record without experimentalDecorators said.
  it('is told of decorators that the compiler called as standard ones', () => {
    const cause = new TypeError("Cannot read properties of undefined (reading 'constructor')");
    expect(told('app.js', cause, `${cause}\n    at /app/node_modules/class-validator/cjs/register-decorator.js:31:32`)).toContain(
      '"experimentalDecorators": true',
    );
  });
});
