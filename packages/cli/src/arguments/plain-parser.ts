import { parseArgs } from 'node:util';
import type { Options } from 'yargs';
import type { Command, Entry, Surroundings } from '../command.js';
import { commands } from '../commands/index.js';
import { appOption, type GlobalArguments, globalOptions } from './global-options.js';
import type { Chosen } from './parsed.js';

type OptionTable = Readonly<Record<string, Options>>;
type Values = Readonly<Record<string, unknown>>;

/**
 * Reads a command line as yargs would, where each option is known and given once. Undefined for any other command line: help, faults, and forms that yargs
 * reads in ways of its own.
 */
export function readPlainly(args: readonly string[], { appClass }: Pick<Surroundings, 'appClass'>): Chosen | undefined {
  const common = { ...(appClass === undefined && appOption), ...globalOptions };
  const words = wordsBefore(args, common);
  const command = words === undefined ? undefined : commandOf(words);
  if (command === undefined || args.some(isSpecial)) return undefined;
  const options: OptionTable = { ...common, ...command.options };
  const read = valuesOf(args, options);
  if (read === undefined || !Object.entries(options).every(([name, option]) => isTaken(option, read.values[name]))) return undefined;
  const named = positionalsOf(command, read.words.slice(depthOf(command)));
  if (named === undefined) return undefined;
  const defaults = Object.entries(options).flatMap(([name, option]) => (option.default === undefined ? [] : [[name, option.default]]));
  const given = { ...Object.fromEntries(defaults), ...read.values };
  const camelled = Object.fromEntries(Object.entries(given).map(([name, value]) => [camel(name), value]));
  return { kind: 'command', command, given: { ...camelled, ...named } as GlobalArguments };
}

/** Forms that yargs reads in ways of its own: `--`, a lone `-`, a value after an option without one, letters in a row, an empty value. */
function isSpecial(arg: string): boolean {
  return ['--', '-', 'true', 'false', ''].includes(arg) || /^-[^-].|^--[^=]*=$/.test(arg);
}

/** The words of a command line between options that all commands have. Undefined where another option comes before a word. */
function wordsBefore(args: readonly string[], common: OptionTable): string[] | undefined {
  const { tokens } = parseArgs({ args: [...args], options: forNode(common), allowPositionals: true, strict: false, tokens: true });
  const words: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') words.push(token.value);
    else if (token.kind === 'option' && !(token.name in common)) break;
  }
  return words.length === 0 ? undefined : words;
}

/** The command that the first words name, also within a group. */
function commandOf([first, second]: readonly string[]): Command | undefined {
  const entry = commands.find((each) => nameOf(each) === first);
  if (entry === undefined || !('commands' in entry)) return entry;
  return entry.commands.find((each) => nameOf(each) === second) ?? entry.alone;
}

function nameOf({ usage }: Entry): string | undefined {
  return usage.split(' ')[0];
}

/** How many words name a command. */
function depthOf(command: Command): number {
  return commands.some((entry) => entry === command || ('alone' in entry && entry.alone === command)) ? 1 : 2;
}

/** Options by name, and words. Undefined where one is not known, is given twice, or lacks its value. */
function valuesOf(
  args: readonly string[],
  options: OptionTable,
): { readonly values: Values; readonly words: readonly string[] } | undefined {
  try {
    const { values, positionals, tokens } = parseArgs({
      ...{ args: [...args], options: forNode(options), allowPositionals: true, strict: true, tokens: true },
    });
    const said = tokens.flatMap((token) => (token.kind === 'option' && options[token.name]?.array !== true ? [token.name] : []));
    return new Set(said).size < said.length ? undefined : { values, words: positionals };
  } catch {
    return undefined;
  }
}

/** Options as Node's parser takes them. */
function forNode(options: OptionTable): Record<string, { type: 'string' | 'boolean'; short?: string; multiple?: boolean }> {
  return Object.fromEntries(
    Object.entries(options).map(([name, { type, array = false, alias }]) => [
      name,
      { type: type === 'boolean' ? 'boolean' : 'string', multiple: array, ...(typeof alias === 'string' && { short: alias }) },
    ]),
  );
}

function isTaken({ choices }: Options, value: unknown): boolean {
  return value === undefined || choices === undefined || choices.includes(value as string);
}

/** What follows the name of a command, by the names in its usage: `<one>`, `[several..]`, or `<some..>`. */
function positionalsOf({ usage }: Command, words: readonly string[]): Values | undefined {
  const [, ...places] = usage.split(' ');
  const several = places.find((place) => /\.\.[\]>]$/.test(place));
  if (several !== undefined) return several.startsWith('<') && words.length === 0 ? undefined : { [several.slice(1, -3)]: words };
  if (words.length !== places.length) return undefined;
  return Object.fromEntries(places.map((place, at) => [place.slice(1, -1), words[at]]));
}

function camel(name: string): string {
  return name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
