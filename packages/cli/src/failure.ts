import { loggable, reason, stackOfApplication, WeirError } from '@weir/core/internal/errors';
import { UsageError } from './arguments/usage.js';
import type { Output } from './shell.js';

/** Exit codes. */
export const done = 0;
export const failed = 1;
export const misused = 2;
/** What a worker with a supervisor ends with instead: a handler that calls `process.exit(2)` is not taken for a wrong command line. */
export const misusedBelow = 78;

/** Tells what went wrong in one message, and where in the application. The stacks of weir only when they are asked for. */
export function tell(err: Output, thrown: unknown, { debug, scriptName }: { readonly debug: boolean; readonly scriptName: string }): void {
  if (thrown instanceof UsageError && thrown.help !== undefined) err.write(`${thrown.help}\n`);
  if (debug) err.write(`error: ${reason(thrown)}\n${stacks(thrown)}`);
  else if (thrown instanceof UsageError) err.write(`error: ${reason(thrown)}\nSee ${scriptName} --help\n`);
  else err.write(`error: ${told(thrown)}\n`);
}

function told(thrown: unknown): string {
  const stack = stackOfApplication(thrown);
  if (thrown instanceof WeirError) return stack === undefined ? reason(thrown) : `${reason(thrown)}\ncaused by: ${stack}`;
  // The first line of a stack is the message, unless somebody has changed it since.
  if (stack?.includes(reason(thrown))) return stack;
  return stack === undefined ? `${reason(thrown)}\nRun it again with --debug to see where` : `${reason(thrown)}\n${stack}`;
}

/** What does not come right by itself, however often the command is started again. */
const misuses: ReadonlySet<string> = new Set(['OPTION_INVALID', 'APP_NOT_FOUND', 'TOPIC_SETS_CHANGED']);

/** The exit code that an error ends the command with. @param isSupervised whether a supervisor has started it, and found the app before */
export function exitCodeOf(thrown: unknown, isSupervised: boolean): number {
  const code = thrown instanceof WeirError ? thrown.code : undefined;
  if (!(thrown instanceof UsageError) && (code === undefined || !misuses.has(code))) return failed;
  if (!isSupervised) return misused;
  // Files are gone for a moment while they are replaced.
  return code === 'APP_NOT_FOUND' ? failed : misusedBelow;
}

function stacks(thrown: unknown): string {
  let text = '';
  for (let each: unknown = loggable(thrown); each instanceof Error; each = each.cause) {
    text += `${text === '' ? '' : 'caused by '}${each.stack ?? reason(each)}\n`;
  }
  return text;
}
