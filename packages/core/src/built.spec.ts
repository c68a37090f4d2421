import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';

/** What a program prints that imports the packages as they are built. */
function printed(program: string, ...options: readonly string[]): string {
  const { stdout, stderr } = spawnSync(process.execPath, [...options, '--input-type=module', '-e', program], {
    encoding: 'utf8',
    cwd: fileURLToPath(new URL('.', import.meta.url)),
  });
  expect(stderr).toBe('');
  return stdout.trim();
}

const rooms = readdirSync(new URL('.', import.meta.url), { withFileTypes: true }).filter((each) => each.isDirectory());

describe('the package as it is built', () => {
  it('has one of each thing, however it is imported', () => {
    const program = `
      const all = await import('@weir/core');
      const others = new Set();
      let same = 0;
      for (const room of ${JSON.stringify(rooms.map(({ name }) => name))})
        for (const [name, value] of Object.entries(await import('@weir/core/internal/' + room)))
          if (name in all && typeof value !== 'string') all[name] === value ? same++ : others.add(room + '.' + name);
      console.log(same > 40, [...others].join());`;
    expect(printed(program)).toBe('true');
  });

  // Each module was a file: to find and link them took longer than to run them.
  it('is a few files', () => {
    const names = readdirSync(new URL('../dist/', import.meta.url), { recursive: true, encoding: 'utf8' });
    expect(names.filter((name) => name.endsWith('.js')).length).toBeLessThan(3 * rooms.length);
  });

  it('tells the places of its sources where somebody asks for them', () => {
    const program = `
      const { Worker } = await import('@weir/core');
      await Worker.start(class Shop {}).catch((error) => console.log(error.stack));`;
    expect(printed(program, '--enable-source-maps')).toMatch(/at \w*discover .*core[\\/]src[\\/]discovery[\\/]discover\.ts:\d+/);
  });
});
