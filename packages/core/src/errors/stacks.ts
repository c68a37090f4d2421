import { fileURLToPath } from 'node:url';
import { loggable, reason } from './thrown.js';
import { WeirError } from './weir-error.js';

/**
 * The stacks of what went wrong in the application: of an error and its causes, without weir's own, whose messages say all that their reader needs.
 * Frames of weir and of Node stand only above the application's first one, where the error began in them. Undefined when all of it is weir's.
 */
export function stackOfApplication(thrown: unknown): string | undefined {
  const sections = foreign(loggable(thrown), { isThrown: false, said: '' }, new Set());
  return sections.length === 0 ? undefined : sections.join('\ncaused by: ');
}

/** A stack without the frames below the application's that only say how weir came to call it. */
export function trimmedStack(stack: string): string {
  const [head, frames] = split(stack);
  const first = frames.findIndex((frame) => ownerOf(frame) === 'application');
  if (first === -1) return stack;
  const kept = frames.filter((frame, index) => index <= first || ownerOf(frame) === 'application');
  return [head, ...kept].join('\n');
}

/** What weir's error above another one tells of it. */
interface Above {
  /** It is whatever the application threw. */
  readonly isThrown: boolean;
  /** The message. */
  readonly said: string;
}

function foreign(error: Error, { isThrown, said }: Above, seen: Set<unknown>): string[] {
  if (seen.has(error)) return [];
  seen.add(error);
  const { cause, errors } = error as { readonly cause?: unknown; readonly errors?: unknown };
  const inside = [cause, ...(Array.isArray(errors) ? errors : [])].filter((each): each is Error => each instanceof Error);
  const isOurs = error instanceof WeirError;
  const above = { isThrown: isThrown || (isOurs && error.code === 'AGENT_FAILED'), said: isOurs ? error.message : '' };
  const below = inside.flatMap((each) => foreign(each, above, seen));
  if (isOurs) return below;
  const stack = error.stack ?? reason(error);
  // One of ours that only holds several together has nothing to add.
  const holds = below.length > 0 && !Array.isArray(errors);
  return isThrown || isOfApplication(stack, said.includes(error.message)) || holds ? [trimmedStack(stack), ...below] : [];
}

/**
 * Where only Node is in it, the application or what it uses has thrown it in a callback.
 * @param isSaid whether weir has told the message: it is what weir itself asked of Node then, a port that is taken
 */
function isOfApplication(stack: string, isSaid: boolean): boolean {
  const owners = split(stack)[1].map(ownerOf);
  return owners.includes('application') || (owners.length > 0 && !owners.includes('weir') && !isSaid);
}

function split(stack: string): [head: string, frames: string[]] {
  const lines = stack.split('\n');
  const first = lines.findIndex((line) => /^\s+at /.test(line));
  return first === -1 ? [stack, []] : [lines.slice(0, first).join('\n'), lines.slice(first)];
}

type Owner = 'application' | 'weir' | 'node';

const packages = fileURLToPath(new URL('../../..', import.meta.url));
const names = '(core|cli|kafka|testing)';
/** Packages of weir, and those through which it calls the application. */
const ours = new RegExp(
  `[\\\\/]@weir[\\\\/]${names}[\\\\/](dist|src|bin)[\\\\/]|` +
    '[\\\\/]node_modules[\\\\/](inversify|@inversifyjs|@confluentinc|@oxc-node|yargs|class-validator|class-transformer|reflect-metadata)[\\\\/]',
);
const inPackages = new RegExp(`^${names}[\\\\/](dist|src|bin)[\\\\/]`);

function ownerOf(frame: string): Owner {
  if (/\(node:internal\/modules\//.test(frame)) return 'weir';
  if (/\(?node:[^()]*\)?$|<anonymous>\)?$|\(native\)$|\(index \d+\)$/.test(frame)) return 'node';
  const at = frame.indexOf(packages);
  const isInPackage = at !== -1 && inPackages.test(frame.slice(at + packages.length)) && !frame.includes('.spec.');
  return isInPackage || ours.test(frame) ? 'weir' : 'application';
}
