#!/usr/bin/env node
// Builds the fast path with the address sanitizer and moves messages through it: `npm run native:asan [rounds]`. Ends with an error where memory
// was misused, or was lost.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { build } from '../../packages/kafka/native/build.mjs';
import { root } from '../setup/root.mjs';
import { setupOrExit } from '../setup.mjs';

/** The exit code where the sanitizer has found something. */
const found = 99;

await setupOrExit({ driver: true });
const library = sanitizerOrExit();
const target = path.join(root, 'packages/kafka/native/build/asan/fast_path.node');
const problem = build({ asan: true, target });
if (problem !== undefined) fail(`the addon could not be built with the sanitizer: ${problem}`);

if (!readFileSync(target).includes('__asan_report')) fail('the addon was built without the sanitizer');

const { status, signal, stdout, stderr } = spawnSync(
  process.execPath,
  ['--expose-gc', path.join(root, 'scripts/native/exchange.mjs'), process.argv[2] ?? '5'],
  {
    encoding: 'utf8',
    maxBuffer: 64 * 1_024 * 1_024,
    env: {
      ...process.env,
      LD_PRELOAD: library,
      WEIR_FAST_PATH_ADDON: target,
      // Whole stacks: frames of librdkafka do not point to the next one. Each with the library that it lies in.
      ASAN_OPTIONS: `detect_leaks=1:max_leaks=0:fast_unwind_on_malloc=0:abort_on_error=0:exitcode=${found}:stack_trace_format="    #%n %p %F %L %m"`,
    },
  },
);
process.stdout.write(stdout);
const hasLooked = stderr.includes('LeakSanitizer: detected memory leaks');
const mayNotLook = stderr.includes('LeakSanitizer has encountered a fatal error');
// The sanitizer looks for leaks when everything else is over.
if (!stdout.includes('"exchanged"') || !(status === 0 || hasLooked || mayNotLook))
  fail(`${stderr}\nthe sanitizer, or the exchange, ended it (${signal ?? status})`);
console.log('asan: no memory was misused');
const leaks = lost(stderr);
if (leaks.length > 0) fail(`${leaks.join('\n\n')}\nmemory was lost`);
console.log(mayNotLook ? 'asan: this system does not let it look for lost memory (ptrace)' : 'asan: no memory was lost');

/**
 * What the addon has asked for and nothing points to any more. What hangs on something else that was lost counts as that: the driver never frees its
 * configurations, and with them go our interceptors. What Node, the driver and librdkafka lose is not ours to judge.
 */
function lost(reports) {
  return reports.split('\n\n').filter((report) => report.includes('Direct leak of') && report.includes(target));
}

/** libasan of the compiler that builds the addon. */
function sanitizerOrExit() {
  const { stdout, error } = spawnSync('c++', ['-print-file-name=libasan.so'], { encoding: 'utf8' });
  const file = stdout?.trim();
  if (error !== undefined || !file || !existsSync(file))
    fail('the compiler has no libasan\nremedy: sudo apt-get install -y g++ (its libgcc-dev brings libasan)');
  return file;
}

function fail(message) {
  console.error(`asan.mjs: ${message}`);
  process.exit(1);
}
