import process from 'node:process';
import { loadFastPath } from '../fast/native.js';

let left = 0;

/**
 * A client that does not come back from being closed sits on a thread of the pool, for which Node waits at the end of the process: librdkafka (2.15) locks
 * itself out when a partition is to be read from another place just then. The process ends all the same, with its exit code.
 */
export function leaveBehind(closing: Promise<unknown>): void {
  if (left === 0) process.once('exit', quit);
  left += 1;
  const back = (): void => {
    left -= 1;
    if (left === 0) process.off('exit', quit);
  };
  closing.then(back, back);
}

function quit(code: number): void {
  const found = loadFastPath();
  if ('addon' in found) found.addon.quit(code);
  process.kill(process.pid, 'SIGKILL');
}
