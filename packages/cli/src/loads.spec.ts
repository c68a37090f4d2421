import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { readModuleGraph } from './loading/module-graph.js';

/** What a file and all that it imports at once need of other packages; what is only a type, or imported later, is not loaded. */
function packagesOf(path: string): string[] {
  const files = [...readModuleGraph(fileURLToPath(new URL(path, import.meta.url))).keys()];
  const found = files.flatMap((file) => [
    ...readFileSync(file, 'utf8').matchAll(/^(?:import|export) (?!type )[^;]*? from '([^.'][^']*)'/gm),
  ]);
  return [...new Set(found.map(([, name]) => name as string))].sort();
}

describe('the command', () => {
  // Help and version loaded all of weir, the container and the decorators, which took half of their time.
  it('loads nothing of core but errors and the clock before it knows what to do', () => {
    expect(packagesOf('./run.ts').filter((name) => name.startsWith('@weir/'))).toEqual([
      '@weir/core/internal/errors',
      '@weir/core/internal/time',
    ]);
    expect(packagesOf('../../kafka/src/driver/driver.ts').filter((name) => name.startsWith('@weir/'))).toEqual([
      '@weir/core/internal/errors',
    ]);
  });

  // It took a tenth of the start of a worker.
  it('does not load yargs where the command line can be read without', () => {
    expect(packagesOf('./run.ts')).not.toContain('yargs');
    expect(packagesOf('./arguments/yargs-parser.ts')).toContain('yargs');
  });

  it('loads what draws tables and makes log lines pretty when there is something to draw', () => {
    const packages = packagesOf('./commands/worker.ts');
    expect(packages).toContain('pino');
    expect(packages).not.toContain('pino-pretty');
    expect(packages).not.toContain('cli-table3');
  });
});

describe('core', () => {
  // The index of class-validator has 300 files below it, which took as long as all the rest of core, also for apps without records.
  it('loads the parts of class-validator that it uses, and not its index', () => {
    const packages = packagesOf('../../core/src/index.ts');
    expect(packages.filter((name) => name.startsWith('class-validator'))).toContain('class-validator/cjs/validation/Validator.js');
    expect(packages.filter((name) => !name.startsWith('node:') && !name.startsWith('class-validator/'))).toEqual([
      'class-transformer',
      'class-transformer/cjs/storage.js',
      'inversify',
      'pino',
    ]);
  });
});
