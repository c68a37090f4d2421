#!/usr/bin/env node
// Builds the fast path as a published package brings it, for the platform it runs on: `npm run native:prebuild`. Ends with an error where
// a fresh process does not find it or cannot load it.
import { spawnSync } from 'node:child_process';
import { rmSync, statSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { build } from '../../packages/kafka/native/build.mjs';
import { root } from '../setup/root.mjs';
import { setupOrExit } from '../setup.mjs';

await setupOrExit();
const target = path.join(root, 'packages/kafka/native/prebuilds', `${process.platform}-${process.arch}`, nameFor(libc()));
const problem = build({ target });
if (problem !== undefined) fail(`the addon could not be built: ${problem}`);
strip();
const found = loadedByAnother();
if (found !== target) reject(`a fresh process does not load ${target}: ${found}`);
console.log(`prebuild: ${path.relative(root, target)}, ${Math.round(statSync(target).size / 1_024)} kB, is found and can be loaded`);

/** The tags are those that node-gyp-build goes by: for every version of Node, and for one C library. */
function nameFor(library) {
  return ['fast_path', 'napi', library, 'node'].filter((part) => part !== undefined).join('.');
}

/** The C library that the addon is linked to, where a platform has several. */
function libc() {
  if (process.platform !== 'linux') return undefined;
  process.report.excludeNetwork = true;
  return process.report.getReport().header.glibcVersionRuntime === undefined ? 'musl' : 'glibc';
}

/** Removes what is only of use to a debugger. What the addon exports stays. */
function strip() {
  const { status, stderr, error } = spawnSync('strip', [process.platform === 'darwin' ? '-x' : '--strip-unneeded', target], {
    encoding: 'utf8',
  });
  if (status !== 0) reject(`the addon could not be stripped: ${error?.message ?? stderr}`);
}

/** What a process loads that has no other build to take: the path, or why there is none. */
function loadedByAnother() {
  const { WEIR_FAST_PATH_ADDON: _other, ...env } = process.env;
  const load = `import { loadFastPath } from ${JSON.stringify(new URL('../../packages/kafka/dist/fast/native.js', import.meta.url))};
    const found = loadFastPath();
    console.log(found.path ?? found.missing);`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', load], {
    encoding: 'utf8',
    env: { ...env, PREBUILDS_ONLY: '1' },
  });
  return stdout.trim() || stderr.trim();
}

/** Nobody shall publish it. */
function reject(message) {
  rmSync(target);
  fail(message);
}

function fail(message) {
  console.error(`prebuild.mjs: ${message}`);
  process.exit(1);
}
