#!/usr/bin/env node
import module from 'node:module';

// Kept for the next start, by a Node that can (22.1 or later).
module.enableCompileCache?.();
// Before anything is loaded whose places are to be told.
if (process.argv.includes('--debug')) process.setSourceMapsEnabled(true);
// A worker that is stopped before it listens has nothing to end; other commands end by the signal, as anything does.
const early = (signal) => {
  if (process.listenerCount(signal) > 0) return;
  if (process.argv.includes('worker')) process.exit(0);
  process.kill(process.pid, signal);
};
process.once('SIGINT', early);
process.once('SIGTERM', early);
const { endProcess, run } = await import('../dist/index.js');

// Whoever reads us has had enough: `weir tail orders | head`.
process.stdout.on('error', (error) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

endProcess(await run(process.argv.slice(2)));
