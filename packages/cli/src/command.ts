import type { Class } from '@weir/core/internal/metadata';
import type { Options, PositionalOptions } from 'yargs';
import type { GlobalArguments } from './arguments/global-options.js';
import type { Shell } from './shell.js';

/** What a command works with beside its arguments. */
export interface Surroundings {
  readonly shell: Shell;
  /** The app of a file that was made a command; otherwise `--app` names it. */
  readonly appClass: Class | undefined;
}

/** One command of `weir`. */
export interface Command {
  /** As yargs wants it: the name and what follows it. */
  readonly usage: string;
  readonly describe: string;
  readonly positionals?: Readonly<Record<string, PositionalOptions>>;
  readonly options?: Readonly<Record<string, Options>>;
  readonly examples?: readonly (readonly [command: string, what: string])[];
  /** What does it. */
  load(): Promise<Runner>;
}

/** What a command does. */
export interface Runner {
  /** @returns the exit code; throws what is to be told to the user */
  run(given: GlobalArguments, surroundings: Surroundings): Promise<number>;
}

/** Commands under a name of their own: `weir dlq list`. */
export interface CommandGroup {
  /** The name. */
  readonly usage: string;
  readonly describe: string;
  readonly commands: readonly Command[];
  /** What the name does by itself. Without it, one of the commands must follow. */
  readonly alone?: Command;
}

/** What may follow `weir`. */
export type Entry = Command | CommandGroup;

/** The commands of an entry: itself, or its name alone and those under it. */
export function commandsOf(entry: Entry): readonly Command[] {
  if (!('commands' in entry)) return [entry];
  return entry.alone === undefined ? entry.commands : [entry.alone, ...entry.commands];
}
