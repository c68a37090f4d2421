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

  // It has inversify within, and the application its own.
  it('makes what is bound and decorated by the inversify of the application', () => {
    const program = `
      import { App, Inject, OnStart, Worker } from '@weir/core';
      import { ContainerModule, inject, injectable } from 'inversify';
      class Tax {}
      injectable()(Tax);
      class Price { constructor(tax) { this.tax = tax; } }
      inject(Tax)(Price, undefined, 0);
      class Shop { constructor(price) { this.price = price; } start() {} }
      Inject(Price)(Shop, undefined, 0);
      OnStart()(Shop.prototype, 'start', {});
      const modules = [new ContainerModule(({ bind }) => { bind(Tax).toSelf(); bind(Price).toSelf(); })];
      App({ id: 'shop', broker: 'memory://', modules })(Shop);
      const { default: pino } = await import('pino');
      const worker = await Worker.start(Shop, { environment: {}, logger: pino({ level: 'silent' }) });
      console.log(worker.get(Shop).price.tax instanceof Tax);
      await worker.stop();`;
    expect(printed(program)).toBe('true');
  });

  it('tells the places of its sources where somebody asks for them', () => {
    const program = `
      const { Worker } = await import('@weir/core');
      await Worker.start(class Shop {}).catch((error) => console.log(error.stack));`;
    expect(printed(program, '--enable-source-maps')).toMatch(/at \w*discover .*core[\\/]src[\\/]discovery[\\/]discover\.ts:\d+/);
  });
});
