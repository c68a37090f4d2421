#!/usr/bin/env node
// Runs the first example on the in-memory broker: no Kafka, no native driver. Ctrl-C ends it.
import path from 'node:path';
import process from 'node:process';
import { passOn } from './pass-on.mjs';
import { root } from './setup/root.mjs';
import { setupOrExit } from './setup.mjs';

await setupOrExit();
process.exitCode = await passOn(
  process.execPath,
  [
    path.join(root, 'packages/cli/bin/weir.js'),
    '-A',
    'apps/registrations/src/app.ts',
    'worker',
    '-b',
    'memory://',
    ...process.argv.slice(2),
  ],
  { cwd: root },
);
