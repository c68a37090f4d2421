import { ConfigurationError, loggable, reason, WeirError } from '@weir/core/errors';
import type { Output } from './shell.js';
import { UsageError } from './usage.js';

/** Exit codes. */
export const done = 0;
export const failed = 1;
export const misused = 2;
/** What a worker with a supervisor ends with instead of that, so that a handler that calls `process.exit(2)` is not taken for a wrong command line. */
export const misusedBelow = 78;

/** Tells what went wrong in one message. The stack, and those of the causes, only when they are asked for. */
export function tell(err: Output, thrown: unknown, { debug, scriptName }: { readonly debug: boolean; readonly scriptName: string }): void {
  if (thrown instanceof UsageError && thrown.help !== undefined) err.write(`${thrown.help}\n`);
  err.write(`error: ${reason(thrown)}\n`);
  if (debug) err.write(stacks(thrown));
  else if (thrown instanceof UsageError) err.write(`See ${scriptName} --help\n`);
  else if (!(thrown instanceof WeirError)) err.write('Run it again with --debug to see where\n');
}

/** The exit code that an error ends the command with. */
export function exitCodeOf(thrown: unknown): number {
  if (thrown instanceof UsageError) return misused;
  return thrown instanceof ConfigurationError && thrown.code === 'OPTION_INVALID' ? misused : failed;
}

function stacks(thrown: unknown): string {
  let text = '';
  for (let each: unknown = loggable(thrown); each instanceof Error; each = each.cause) {
    text += `${text === '' ? '' : 'caused by '}${each.stack ?? reason(each)}\n`;
  }
  return text;
}
