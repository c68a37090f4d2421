import { describe, expect, it } from '@jest/globals';
import { ConfigurationError } from '@weir/core/internal/errors';
import { FakeAddon } from './addon.fixture.js';
import { attach } from './attach.js';
import { chosenPath } from './fast-path-option.js';
import { ManualClock } from './manual-clock.fixture.js';
import { silent } from './silent.fixture.js';

const there = { addon: new FakeAddon(), path: '/addons/fast_path.node' };

describe('the fast path', () => {
  it('is taken where it is there, and librdkafka does not hear of the option', () => {
    const { fastPath, options } = chosenPath(given({ 'linger.ms': 1 }), () => there);
    expect(fastPath).toBe(there);
    expect(options.properties).toEqual({ 'linger.ms': 1 });
    expect(chosenPath(given({ fastPath: true }), () => there).options.properties).toEqual({});
  });

  it('is not even looked for where it is switched off', () => {
    const look = () => {
      throw new Error('it was looked for');
    };
    expect(chosenPath(given({ fastPath: false, 'linger.ms': 1 }), look)).toMatchObject({
      fastPath: undefined,
      options: { properties: { 'linger.ms': 1 } },
    });
  });

  it('is left out with one line where it is not there', () => {
    const lines: string[] = [];
    const logger = { ...silent, info: (line: string) => lines.push(line) } as unknown as typeof silent;
    expect(chosenPath({ ...given({}), logger }, () => ({ missing: 'no build was found' })).fastPath).toBeUndefined();
    expect(lines).toEqual([expect.stringContaining('no build was found')]);
  });

  it('is switched by true and false only', () => {
    expect(() => chosenPath(given({ fastPath: 'no' }), () => there)).toThrow(ConfigurationError);
  });

  it('comes after the plugins of the user', () => {
    const made = (properties: Record<string, unknown>) => attach(there, false, properties, (each) => each['plugin.library.paths']).client;
    expect(made({})).toBe('/addons/fast_path.node');
    expect(made({ 'plugin.library.paths': 'mine.so;yours.so' })).toBe('mine.so;yours.so;/addons/fast_path.node');
  });

  it('is done without where librdkafka does not take it as a plugin', () => {
    const make = (properties: Record<string, unknown>) => {
      if ('plugin.library.paths' in properties) throw new Error('cannot open shared object file');
      return 'the client';
    };
    expect(attach(there, false, {}, make)).toEqual({ client: 'the client' });
  });

  it('is disarmed also when the driver refuses the properties', () => {
    const addon = new FakeAddon();
    let isArmed = false;
    addon.arm = () => {
      isArmed = true;
      return 0;
    };
    addon.disarm = () => {
      isArmed = false;
      return false;
    };
    const refuse = () => {
      throw new Error('No such configuration property');
    };
    expect(() => attach({ addon, path: 'x' }, false, {}, refuse)).toThrow('No such');
    expect(isArmed).toBe(false);
  });
});

function given(properties: Readonly<Record<string, unknown>>) {
  return { broker: 'kafka://one', clientId: 'test', clock: new ManualClock(), logger: silent, properties };
}
