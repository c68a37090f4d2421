#!/usr/bin/env node
// A worker that is stopped before it listens has nothing to end; other commands end by the signal, as anything does.
const early = (signal) => {
  if (process.listenerCount(signal) > 0) return;
  if (process.argv.includes('worker')) process.exit(0);
  process.kill(process.pid, signal);
};
process.once('SIGINT', early);
process.once('SIGTERM', early);
const { run } = await import('../dist/index.js');

/** How long a finished command may go on closing connections before the process ends anyway. */
const graceMs = 1_000;

// Whoever reads us has had enough: `weir tail orders | head`.
process.stdout.on('error', (error) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

const code = await run(process.argv.slice(2));
process.exitCode = code;
setTimeout(() => process.exit(code), graceMs).unref();
