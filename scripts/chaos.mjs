#!/usr/bin/env node
// Workers and brokers of a real Apache Kafka are killed, halted and restarted, and every event is counted: `node scripts/chaos.mjs --help`.
import path from 'node:path';
import process from 'node:process';
import { passOn } from './pass-on.mjs';
import { root } from './setup/root.mjs';
import { setupOrExit } from './setup.mjs';

await setupOrExit({ driver: true });
process.exitCode = await passOn(
  process.execPath,
  ['--import', '@oxc-node/core/register', path.join(root, 'tests/chaos/main.ts'), ...process.argv.slice(2)],
  { cwd: root },
);
