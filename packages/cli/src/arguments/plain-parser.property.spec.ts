import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Command, commandsOf } from '../command.js';
import { commands } from '../commands/index.js';
import { FakeShell } from '../fake-shell.fixture.js';
import { Shop } from '../shop.fixture.js';
import { appOption, globalOptions } from './global-options.js';
import { readPlainly } from './plain-parser.js';
import { parseWithYargs } from './yargs-parser.js';

const runs = Number(process.env.PROPERTY_RUNS ?? 300);

const paths = commands.flatMap((entry) =>
  commandsOf(entry).map((command) => (command.usage.split(' ')[0] === entry.usage.split(' ')[0] ? [command] : [entry, command])),
);
const word = fc.constantFrom(
  'a',
  'x=y',
  '0-17',
  '-1',
  '12',
  '0x10',
  '1e3',
  'true',
  '--',
  '-',
  '',
  'with space',
  'ř',
  'plan',
  'list',
  '{"id":1}',
  '-x',
  '@a',
  'no',
);
const value = fc.oneof(word, fc.constantFrom('warn', 'create', 'exactly-once', 'memory://', 'n=v'));

const ofCommand = (command: Command) => Object.entries({ ...appOption, ...globalOptions, ...command.options });

/** An option as somebody may write it: mostly well. */
const option = (command: Command) =>
  fc.tuple(fc.constantFrom(...ofCommand(command)), value, fc.nat(9)).map(([[name, { type, alias }], text, how]) => {
    const flag = how % 2 === 0 && typeof alias === 'string' ? `-${alias}` : `--${name}`;
    if (type === 'boolean') return how === 9 ? [flag, text] : [flag];
    if (how === 8) return [flag];
    return how > 5 ? [`${flag}=${text}`] : how === 4 && flag.length === 2 ? [`${flag}${text}`] : [flag, text];
  });

const line = fc
  .constantFrom(...paths)
  .chain((path) => {
    const command = path.at(-1) as Command;
    const places = command.usage.split(' ').slice(1);
    const words = places.some((place) => place.endsWith('..]'))
      ? fc.array(word, { maxLength: 3 })
      : fc.oneof(
          { weight: 4, arbitrary: fc.array(word, { minLength: places.length, maxLength: places.length }) },
          { weight: 1, arbitrary: fc.array(word, { maxLength: 3 }) },
        );
    return fc.tuple(
      fc.constant(path.map(({ usage }) => usage.split(' ')[0] as string)),
      fc.array(option(command), { maxLength: 2 }),
      words,
      fc.array(option(command), { maxLength: 3 }),
    );
  })
  .map(([names, before, words, after]) => [...before.flat(), ...names, ...words, ...after.flat()]);

/** What a command is given of all that it may be told; lists that nothing was said of are none. */
function toldTo(command: Command, given: object): Record<string, unknown> {
  const names = [...ofCommand(command).map(([name]) => name), ...Object.keys(command.positionals ?? {})];
  const camelled = names.map((name) => name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase()));
  const values = camelled.map((name) => [name, (given as Record<string, unknown>)[name]] as const);
  return Object.fromEntries(values.filter(([, told]) => told !== undefined));
}

it('reads a command line as yargs does, or leaves it to yargs', async () => {
  const shell = new FakeShell();
  let plainly = 0;
  await fc.assert(
    fc.asyncProperty(line, fc.boolean(), async (args, hasApp) => {
      const around = { shell, appClass: hasApp ? Shop : undefined };
      const read = readPlainly(args, around);
      if (read === undefined) return;
      plainly++;
      const known = await parseWithYargs(args, around);
      if (known.kind !== 'command') throw new Error(`yargs reads ${known.kind}`);
      expect(read.command).toBe(known.command);
      expect(toldTo(read.command, read.given)).toEqual(toldTo(known.command, known.given));
    }),
    { numRuns: runs * 2 },
  );
  // Most of the lines have a fault.
  expect(plainly).toBeGreaterThan(runs / 5);
}, 120_000);
