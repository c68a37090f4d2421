import type { Command } from '../command.js';
import type { GlobalArguments } from './global-options.js';

/** A command, and what it was given. */
export interface Chosen {
  readonly kind: 'command';
  readonly command: Command;
  readonly given: GlobalArguments;
}

/** What a command line asks for: a command, the versions, or text: help, or what a shell needs for completion. */
export type Parsed = Chosen | { readonly kind: 'version' } | { readonly kind: 'text'; readonly text: string };
