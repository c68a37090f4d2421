import { didYouMean } from '@weir/core/internal/errors';
import { type Command, commandsOf, type Entry } from '../command.js';
import { commands } from '../commands/index.js';
import { appOption, type GlobalArguments, globalOptions } from './global-options.js';

/** How the command that was meant is called, or any. */
export function usageOf(args: readonly string[], scriptName: string): string {
  const meant = meantBy(args);
  if (meant === undefined || !('commands' in meant)) return `Usage: ${scriptName} ${meant?.usage ?? '<command>'} [options]`;
  const command = meant.commands.find((each) => args.includes(nameOf(each)));
  const names = meant.commands.map(nameOf).join('|');
  return `Usage: ${scriptName} ${meant.usage} ${command?.usage ?? (meant.alone === undefined ? names : `[${names}]`)} [options]`;
}

/** yargs's message in one line; a word that is not known with the one that it resembles. */
export function explained(message: string, args: readonly string[]): string {
  const unknown = /^Unknown arguments?: (.+)$/.exec(message)?.[1];
  if (unknown !== undefined)
    return withoutCamels(unknown.split(', '))
      .map((word) => unknownWord(word, args))
      .join('. ');
  const missing = /^Not enough non-option arguments/.test(message);
  if (missing) return 'something is missing: see the usage above';
  const choices = /Argument: (\S+), Given: ("[^"]*"), Choices: (.+)$/s.exec(message);
  if (choices !== null) return `--${choices[1]} is ${choices[2]}. Choose one of ${choices[3]?.replaceAll('"', '').trim()}`;
  return message.replace(/\s*\n+\s*/g, '. ').replace(/^Not enough arguments following: (.+)$/, 'the option $1 needs a value');
}

function unknownWord(given: string, args: readonly string[]): string {
  // What follows may be a secret: `sasl.password=…` without its `--kafka`.
  const word = given.replace(/=.*$/s, '=…');
  const isOption = args.some((arg) => arg.startsWith('-') && arg.replace(/^-+/, '').startsWith(word));
  const meant = meantBy(args);
  const command = commandBy(args);
  const names = meant !== undefined && 'commands' in meant ? meant.commands.map(nameOf) : [...commands.map(nameOf), 'completion'];
  if (!isOption) return `there is no command ${word}, or it takes no further argument${didYouMean(word, names)}`;
  const own = [...(command === undefined ? commands.flatMap(commandsOf) : [command]).flatMap(optionsOf), ...common].map(
    (name) => `--${name}`,
  );
  const hint = didYouMean(`--${word}`, own) || elsewhere(word);
  return `${command === undefined ? 'there is' : `${nameOf(command)} has`} no option --${word}${hint}`;
}

/** The commands that have an option of this very name. */
function elsewhere(option: string): string {
  const others = commands.flatMap((entry) =>
    commandsOf(entry)
      .filter((each) => optionsOf(each).includes(option))
      .map((each) => (nameOf(each) === nameOf(entry) ? nameOf(each) : `${nameOf(entry)} ${nameOf(each)}`)),
  );
  return others.length === 0 ? '' : `. It is one of ${others.join(', ')}`;
}

const common = [...Object.keys(appOption), ...Object.keys(globalOptions), 'help', 'version'];

function optionsOf({ options = {} }: Command): string[] {
  return Object.keys(options);
}

/** The command itself that the arguments name, also within a group. */
function commandBy(args: readonly string[]): Command | undefined {
  const meant = meantBy(args);
  if (meant === undefined || !('commands' in meant)) return meant;
  return meant.commands.find((each) => args.includes(nameOf(each))) ?? meant.alone;
}

/** The entry that the arguments name. */
function meantBy(args: readonly string[]): Entry | undefined {
  return commands.find((entry) => args.includes(nameOf(entry)));
}

function nameOf({ usage }: Entry): string {
  return usage.split(' ')[0] as string;
}

/** yargs names an unknown option in both spellings. */
function withoutCamels(words: readonly string[]): string[] {
  const camels = new Set(
    words.filter((word) => word.includes('-')).map((word) => word.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())),
  );
  return words.filter((word) => !camels.has(word));
}

/** The option of which yargs made a list, because it is given twice, though it is none. */
export function givenTwice({ command, given }: { readonly command: Command; readonly given: GlobalArguments }): string | undefined {
  const options = { ...appOption, ...globalOptions, ...command.options };
  const lists = Object.entries(given).filter(([name, value]) => Array.isArray(value) && options[name]?.array !== true && name in options);
  return lists[0]?.[0];
}
