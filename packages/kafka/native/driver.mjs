import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import process from 'node:process';

export const driver = '@confluentinc/kafka-javascript';
const prebuiltLimitMs = 20_000;

/** What a build with TLS, SCRAM and all compressions needs, by its names on Debian, and how to tell that it is there. */
const needed = [
  { name: 'python3', isThere: () => succeeds('python3', ['-c', 'import shlex']) },
  { name: 'make', isThere: () => succeeds('make', ['--version']) },
  { name: 'g++', isThere: () => succeeds('c++', ['--version']) },
  { name: 'libssl-dev', isThere: () => hasHeader('openssl/ssl.h') },
  { name: 'zlib1g-dev', isThere: () => hasHeader('zlib.h') },
  { name: 'libzstd-dev', isThere: () => hasHeader('zstd.h') },
];

export const tools = needed.map(({ name }) => name);

export function missingTools() {
  return needed.filter(({ isThere }) => !isThere()).map(({ name }) => name);
}

/** Where the driver lies, seen from `folder`. Undefined when it is not installed. */
export function driverFolder(folder) {
  try {
    return path.dirname(createRequire(path.join(folder, 'package.json')).resolve(`${driver}/package.json`));
  } catch {
    return undefined;
  }
}

/** Why the driver in a folder cannot be loaded. Undefined when it can. */
export function loadProblem(folder) {
  const { status, stderr } = spawnSync(process.execPath, ['-e', `require(${JSON.stringify(folder)})`], { encoding: 'utf8' });
  return status === 0 ? undefined : (stderr.split('\n').find((line) => line.includes('Error')) ?? stderr);
}

/** The driver's own installer, without its fall-back to a build that downloads more. Often there is no way to where it lies. */
export function fetchPrebuilt(folder) {
  const options = { cwd: folder, timeout: prebuiltLimitMs, stdio: 'ignore' };
  return spawnSync(process.execPath, [installer(folder), 'install'], options).status === 0;
}

/** What was built for another Node: make would take it for up to date. */
export function forgetBuild(folder) {
  rmSync(path.join(folder, 'build'), { recursive: true, force: true });
}

/** @returns {string | undefined} why it could not be built */
export function buildDriver(folder) {
  forgetBuild(folder);
  const options = { cwd: folder, env: buildEnvironment(), encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 };
  const { status, stdout, stderr, error } = spawnSync(process.execPath, [installer(folder), 'install', '--build-from-source'], options);
  if (status === 0) return loadProblem(folder);
  return error?.message ?? `${stdout}${stderr}`.split('\n').find((line) => /\berror: |\*\*\* /i.test(line)) ?? 'its build failed';
}

/** Links against the libraries of the system; a parallel make breaks the driver's build; headers of this Node where it brings them. */
export function buildEnvironment() {
  const { JOBS: _jobs, MAKEFLAGS: _flags, npm_config_jobs: _npmJobs, npm_config_ignore_scripts: _ignore, ...rest } = process.env;
  const prefix = path.dirname(path.dirname(process.execPath));
  const hasHeaders = existsSync(path.join(prefix, 'include/node/node.h'));
  return { ...rest, CKJS_LINKING: 'dynamic', ...(hasHeaders && { npm_config_nodedir: prefix }) };
}

function installer(folder) {
  return createRequire(path.join(folder, 'package.json')).resolve('@mapbox/node-pre-gyp/bin/node-pre-gyp');
}

function hasHeader(header) {
  try {
    execFileSync('c++', ['-E', '-x', 'c++', '-'], { input: `#include <${header}>\n`, stdio: ['pipe', 'ignore', 'ignore'] });
    return true;
  } catch {
    return false;
  }
}

function succeeds(command, args) {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
}
