import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

const shared = Symbol.for('weir.ours');
const everywhere = globalThis as { [shared]?: Set<string> };
everywhere[shared] ??= new Set();
/** What workers of this process have on disk under its number, whichever copy of this module they were made by. */
export const ours = everywhere[shared];

/** Whether what carries the number of a process is left of one that is gone. One with our own number that is not us had it before us, as in a container. */
export function isLeftBehind(pid: number, name: string): boolean {
  return pid === process.pid ? !ours.has(name) : isGone(pid);
}

/** Whether a process of this machine is gone, or only waits for its parent to take notice. */
function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
  // Its name may have spaces and parentheses.
  return text(() => readFileSync(`/proc/${pid}/stat`, 'latin1').replace(/^.*\) /s, '')).startsWith('Z');
}

/** What tells apart where the number of a process means something else: another machine, another container, before the machine was started again. */
export function processSpace(): string {
  const parts = [
    hostname(),
    text(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8')),
    text(() => readlinkSync('/proc/self/ns/pid')),
  ];
  return createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 12);
}

/** Empty where this system does not tell. */
function text(read: () => string): string {
  try {
    return read();
  } catch {
    return '';
  }
}
