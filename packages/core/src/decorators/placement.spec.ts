import { describe, expect, it } from '@jest/globals';
import { transformSync } from 'esbuild';
import { topic } from '../definitions/index.js';
import { DefinitionError, type Fault } from '../errors/index.js';
import { Agent, App, Handler, Inject, OnAssigned, OnRecovered, OnRevoked, OnStart, OnStop, Record, Timer } from './index.js';

const orders = topic('orders', { value: 'string' });

/** Runs TypeScript as a tool compiles it: with legacy decorators, or as the standard has them where nothing is said. */
function run(source: string, experimentalDecorators?: true): void {
  const { code } = transformSync(source, { loader: 'ts', target: 'es2022', tsconfigRaw: { compilerOptions: { experimentalDecorators } } });
  const names = { Agent, App, Handler, Inject, OnAssigned, OnRecovered, OnRevoked, OnStart, OnStop, Record, Timer, orders };
  new Function(...Object.keys(names), code)(...Object.values(names));
}

function faultOf(source: string, experimentalDecorators?: true): Fault {
  try {
    run(source, experimentalDecorators);
  } catch (error) {
    if (error instanceof DefinitionError) return error.faults[0]!;
    throw error;
  }
  throw new Error(`nothing was refused: ${source}`);
}

const onClass = ["@App({ id: 'shop' })", '@Record()'];
const onMethod = [
  ...['@Agent(orders)', '@Handler(orders)', "@Timer('1s')"],
  ...['@OnStart()', '@OnStop()', '@OnAssigned()', '@OnRevoked()', '@OnRecovered()'],
];
const nameOf = (decorator: string) => decorator.split('(')[0];

describe('a decorator', () => {
  // Under tsx or esbuild without `experimentalDecorators` the worker said "ready" with no agents.
  it.each(onClass)('%s refuses to be called as a standard decorator of a class', (decorator) => {
    expect(faultOf(`${decorator} class Shop {}`)).toEqual({
      where: 'Shop',
      problem: `${nameOf(decorator)} was called as a standard (TC39) decorator, and weir's are TypeScript's legacy ones`,
      remedy: expect.stringContaining('"experimentalDecorators": true'),
    });
  });

  it.each(onMethod)('%s refuses to be called as a standard decorator of a method', (decorator) => {
    const fault = faultOf(`class Shop { ${decorator} run() {} }`);
    expect(fault).toMatchObject({ where: 'run', remedy: expect.stringContaining('"experimentalDecorators": true') });
  });

  it('@Inject refuses to be called as a standard decorator of a property', () => {
    expect(faultOf('class Shop { @Inject(orders) topic; }')).toMatchObject({ where: 'topic', problem: expect.stringContaining('TC39') });
  });

  it.each([...onClass, ...onMethod])('%s is accepted as a legacy decorator where it belongs', (decorator) => {
    const source = onClass.includes(decorator) ? `${decorator} class Shop {}` : `class Shop { ${decorator} run() {} }`;
    expect(() => run(source, true)).not.toThrow();
  });

  it('@Inject is accepted on parameters of the constructor, properties and setters', () => {
    run('class Shop { @Inject(orders) topic; @Inject(orders) set other(t) {}; constructor(@Inject(orders) third) {} }', true);
  });

  // `@OnStart` returned a function, which took the place of the method: it was never called. `@Record` made the class that function.
  it.each([
    ['@OnStart', 'class Shop { @OnStart run() {} }', 'Shop', 'run'],
    ['@OnStop', 'class Shop { @OnStop run() {} }', 'Shop', 'run'],
    ['@Timer', 'class Shop { @Timer run() {} }', 'Shop', 'run'],
    ['@Agent', 'class Shop { @Agent run() {} }', 'Shop', 'run'],
    ['@Handler', 'class Shop { @Handler run() {} }', 'Shop', 'run'],
    ['@Inject', 'class Shop { @Inject topic }', 'Shop', 'topic'],
    ['@Inject', 'class Shop { constructor(@Inject topic) {} }', 'Shop', undefined],
    ['@App', '@App class Shop {}', 'Shop', undefined],
    ['@Record', '@Record class Shop {}', 'Shop', undefined],
  ])('%s asks for parentheses: %s', (decorator, source, where, member) => {
    expect(faultOf(source, true)).toEqual({
      ...{ where, member, problem: `${decorator} is written without parentheses`, remedy: `Write ${decorator}(…)` },
    });
  });

  it.each(['class Shop { @OnStart run() {} }', '@Record class Shop {}', 'class Shop { @Timer run() {} }'])(
    'asks for parentheses as a standard decorator too: %s',
    (source) => {
      expect(faultOf(source).problem).toContain('without parentheses');
    },
  );

  // Each of these wrote its metadata where nobody looks, or failed with a message of inversify.
  it.each([
    ['@Handler(orders) class Shop {}', 'Shop', undefined, 'a method'],
    ["class Shop { constructor(@Timer('1s') each) {} }", 'Shop', undefined, 'a method'],
    ['class Shop { run(@OnStart() each) {} }', 'Shop', 'run', 'a method'],
    ["class Shop { @App({ id: 'shop' }) run() {} }", 'Shop', 'run', 'a class'],
    ['class Shop { @Record() field }', 'Shop', 'field', 'a class'],
    ['@Inject(orders) class Shop {}', 'Shop', undefined, 'a parameter of the constructor or a property'],
    ['class Shop { @Inject(orders) run() {} }', 'Shop', 'run', 'a parameter of the constructor or a property'],
    ['class Shop { run(@Inject(orders) topic) {} }', 'Shop', 'run', 'a parameter of the constructor or a property'],
  ])('says where it belongs: %s', (source, where, member, place) => {
    expect(faultOf(source, true)).toMatchObject({ where, member, remedy: `Put it on ${place}` });
  });
});
