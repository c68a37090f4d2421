import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** Whether the process that has left its number somewhere is gone. One with our own number that is not us had it before us, as in a container. */
export function isLeftBehind(pid: number, isOurs: boolean): boolean {
  return pid === process.pid ? !isOurs : isGone(pid);
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
