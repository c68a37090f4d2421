#!/usr/bin/env node
// Moves messages through the fast path again and again and looks at the memory of the process: `npm run native:leaks [rounds]`.
// Ends with an error where it keeps growing.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import process from 'node:process';
import { root } from '../setup/root.mjs';
import { setupOrExit } from '../setup.mjs';

/** A round moves some 6 MB through a new client each; what leaked of that would show many times over. */
const growthMaxMb = 40;
/** A client that is never done closing waits for a message that was not given back. */
const limitMs = 600_000;

await setupOrExit({ driver: true });
const rounds = process.argv[2] ?? '60';
const { status, signal, stdout, stderr } = spawnSync(
  process.execPath,
  ['--expose-gc', path.join(root, 'scripts/native/exchange.mjs'), rounds],
  {
    encoding: 'utf8',
    timeout: limitMs,
  },
);
if (status !== 0) fail(signal === null ? stderr : `the exchange did not end in ${limitMs / 60_000} minutes`);
const { exchanged, rssMb } = JSON.parse(stdout);
const [before, after] = [middle(rssMb.slice(Math.floor(rssMb.length / 3), Math.floor(rssMb.length / 2))), middle(rssMb.slice(-10))];
console.log(`leaks: ${exchanged} messages; ${before} MB after a third, ${after} MB at the end`);
if (after - before > growthMaxMb) fail(`the process grew by ${after - before} MB: ${rssMb.join(' ')}`);

function middle(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}

function fail(message) {
  console.error(`leaks.mjs: ${message}`);
  process.exit(1);
}
