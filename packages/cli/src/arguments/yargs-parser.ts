import yargs, { type Argv } from 'yargs';
import type { Command, CommandGroup, Entry, Surroundings } from '../command.js';
import { commands } from '../commands/index.js';
import { appOption, type GlobalArguments, globalOptions } from './global-options.js';
import type { Chosen, Parsed } from './parsed.js';
import { sheltered, unsheltered } from './sheltered.js';
import { UsageError } from './usage.js';
import { explained, givenTwice, usageOf } from './usage-faults.js';

/** What a command line asks for, with all that yargs can: help, completion, and what is wrong with it. @throws UsageError */
export async function parseWithYargs(args: readonly string[], around: Surroundings): Promise<Parsed> {
  let chosen: Chosen | undefined;
  let said = '';
  const parser = define(around, (command, given) => {
    chosen = { kind: 'command', command, given: unsheltered(given) };
  });
  parser.fail((message, error) => {
    // yargs goes on after it has made the script, and then knows no such command.
    if (args[0] === 'completion') return;
    // What yargs throws itself is about the command line, too.
    if (error !== undefined && error.name !== 'YError') throw error;
    throw new UsageError(explained(message ?? error?.message ?? '', args), usageOf(args, around.shell.scriptName));
  });
  const given = await parser.parseAsync(sheltered(args), {}, (_error, _given, output) => {
    said = output;
  });
  if (said !== '') return { kind: 'text', text: `${said}\n` };
  if (chosen === undefined) return given.version === true ? { kind: 'version' } : { kind: 'text', text: `${await parser.getHelp()}\n` };
  const twice = givenTwice(chosen);
  if (twice !== undefined) throw new UsageError(`--${twice} is given more than once`, usageOf(args, around.shell.scriptName));
  return chosen;
}

function define({ shell, appClass }: Surroundings, chosen: (command: Command, given: GlobalArguments) => void): Argv {
  const common = { ...(appClass === undefined && appOption), ...globalOptions };
  const parser = yargs()
    .scriptName(shell.scriptName)
    .usage('$0 <command> [options]\n\nStream processing for TypeScript on Apache Kafka.')
    .parserConfiguration({ 'boolean-negation': false, 'greedy-arrays': false })
    .options(common)
    .version(false)
    .option('version', { type: 'boolean', describe: 'Print the versions of weir, Node and the Kafka driver' })
    .help('help', 'Show help')
    .alias('help', 'h')
    .group([...Object.keys(common), 'version', 'help'], 'Options:')
    .strict()
    .exitProcess(false)
    .wrap(Math.min(shell.out.columns ?? 100, 120));
  for (const entry of commands) add(parser, entry, chosen);
  return parser.completion('completion', 'Print a script that completes commands and options in the shell');
}

function add(parser: Argv, entry: Entry, chosen: (command: Command, given: GlobalArguments) => void): void {
  if (!('commands' in entry)) addCommand(parser, entry, chosen);
  else addGroup(parser, entry, chosen);
}

function addGroup(parser: Argv, group: CommandGroup, chosen: (command: Command, given: GlobalArguments) => void): void {
  const { alone } = group;
  parser.command(
    group.usage,
    group.describe,
    (builder) => {
      for (const command of group.commands) addCommand(builder, command, chosen);
      if (alone === undefined) return builder.demandCommand(1);
      // Its own, and not of the commands under it.
      const own = Object.entries(alone.options ?? {}).map(([name, option]) => [name, { ...option, global: false }]);
      return builder.options(Object.fromEntries(own));
    },
    (given) => {
      if (alone !== undefined) chosen(alone, given as unknown as GlobalArguments);
    },
  );
}

function addCommand(parser: Argv, command: Command, chosen: (command: Command, given: GlobalArguments) => void): void {
  parser.command(
    command.usage,
    command.describe,
    (builder) => {
      for (const [name, options] of Object.entries(command.positionals ?? {})) builder.positional(name, options);
      for (const example of command.examples ?? []) builder.example(...example);
      return builder.options(command.options ?? {});
    },
    (given) => chosen(command, given as unknown as GlobalArguments),
  );
}
