#!/usr/bin/env node
// Builds the fast path with the address sanitizer and moves messages through it: `npm run native:asan`. Ends with an error where memory was misused.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { build } from '../../packages/kafka/native/build.mjs';
import { root } from '../setup/root.mjs';
import { setupOrExit } from '../setup.mjs';

await setupOrExit({ driver: true });
const library = sanitizerOrExit();
const target = path.join(root, 'packages/kafka/native/build/asan/fast_path.node');
const problem = build({ asan: true, target });
if (problem !== undefined) fail(`the addon could not be built with the sanitizer: ${problem}`);

const { status, signal, stdout, stderr } = spawnSync(
  process.execPath,
  [path.join(root, 'scripts/native/exchange.mjs'), process.argv[2] ?? '5'],
  {
    encoding: 'utf8',
    env: {
      ...process.env,
      LD_PRELOAD: library,
      WEIR_FAST_PATH_ADDON: target,
      // What Node and librdkafka leave behind at the end of the process is not ours to judge; npm run native:leaks looks at what grows.
      ASAN_OPTIONS: 'detect_leaks=0:abort_on_error=0:exitcode=99',
    },
  },
);
process.stdout.write(stdout);
if (status !== 0) fail(`${stderr}\nthe sanitizer, or the exchange, ended it (${signal ?? status})`);
console.log('asan: no memory was misused');

/** libasan of the compiler that builds the addon. */
function sanitizerOrExit() {
  const { stdout: found, error } = spawnSync('c++', ['-print-file-name=libasan.so'], { encoding: 'utf8' });
  const file = found?.trim();
  if (error !== undefined || !file || !existsSync(file))
    fail('the compiler has no libasan\nremedy: sudo apt-get install -y g++ (its libgcc-dev brings libasan)');
  return file;
}

function fail(message) {
  console.error(`asan.mjs: ${message}`);
  process.exit(1);
}
