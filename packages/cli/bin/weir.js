#!/usr/bin/env node
import { run } from '../dist/index.js';

/** How long a finished command may go on closing connections before the process ends anyway. */
const graceMs = 2_000;

// Whoever reads us has had enough: `weir tail orders | head`.
process.stdout.on('error', (error) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

const code = await run(process.argv.slice(2));
process.exitCode = code;
setTimeout(() => process.exit(code), graceMs).unref();
