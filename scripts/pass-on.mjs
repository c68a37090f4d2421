import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import process from 'node:process';

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
/** Signals that come this soon after the same one are one: some senders address the process and its group. */
const sameMs = 200;

/**
 * Runs a command in our place: its input and output are ours, our signals go to it. It has a process group of its own, so that
 * a Ctrl-C reaches it once, through us; for a worker the second one means "at once". Gives its exit code.
 * `started` is given the child.
 */
export function passOn(command, args, options = {}, started = () => {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: 'inherit', detached: true, ...options });
    started(child);
    const last = {};
    const forward = (signal) => {
      const isSame = Date.now() - (last[signal] ?? 0) < sameMs;
      last[signal] = Date.now();
      if (!isSame) child.kill(signal);
    };
    for (const signal of signals) process.on(signal, forward);
    const done = () => {
      for (const signal of signals) process.off(signal, forward);
    };
    child.once('error', (error) => {
      done();
      reject(error);
    });
    child.once('close', (code, signal) => {
      done();
      resolve(code ?? 128 + (constants.signals[signal] ?? 0));
    });
  });
}
