import process from 'node:process';
import { isMainThread } from 'node:worker_threads';
import { loadFastPath } from '../fast/native.js';

/** How long Node may take, after the last who listens to the end, for what it does itself. */
const limitMs = 1_000;
/** The same where others are still to hear of it. */
const withOthersMs = 10_000;

/**
 * The clients that there are, from the beginning of their connecting to the end of their closing, and whether one has not come back from that in time.
 *
 * A process that has some does not end as others do. Node would wait for the threads of its pool: librdkafka (2.15) may lock itself out when a partition is
 * to be read from another place just as it is closed, and asks for partitions back that nobody gives any more. And `exit` takes away what OpenSSL has while
 * the threads of librdkafka use it, also for random numbers: the process would end with SIGSEGV.
 */
const clients = new Map<object, 'present' | 'left'>();

/** A client is about to connect. */
export function arrives(client: object): void {
  // The end of another thread is not that of the process.
  if (isMainThread && clients.size === 0) process.on('exit', end);
  clients.set(client, 'present');
}

/** It is closed. */
export function departs(client: object): void {
  if (clients.delete(client) && clients.size === 0) process.off('exit', end);
}

/** Nobody waits any longer for a client that is being closed. */
export function leaveBehind(client: object): void {
  if (clients.has(client)) clients.set(client, 'left');
}

function end(code: number): void {
  const isLast = process.listeners('exit').at(-1) === end;
  const found = loadFastPath();
  if ('addon' in found) found.addon.quit(code, isLast ? limitMs : withOthersMs);
  else if ([...clients.values()].includes('left')) process.kill(process.pid, 'SIGKILL');
}
