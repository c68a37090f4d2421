import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import process from 'node:process';
import { run } from '../run.mjs';
import { root } from './root.mjs';
import { say } from './say.mjs';

const driver = '@confluentinc/kafka-javascript';
const prebuiltLimitMs = 20_000;

/** What a build with TLS, SCRAM and all compressions needs on Debian, and how to tell that it is there. */
const needed = [
  { name: 'python3', isThere: () => succeeds('python3', ['-c', 'import shlex']) },
  { name: 'make', isThere: () => succeeds('make', ['--version']) },
  { name: 'g++', isThere: () => succeeds('c++', ['--version']) },
  { name: 'libssl-dev', isThere: () => hasHeader('openssl/ssl.h') },
  { name: 'zlib1g-dev', isThere: () => hasHeader('zlib.h') },
  { name: 'libzstd-dev', isThere: () => hasHeader('zstd.h') },
];

/** Makes sure that the native Kafka driver can be loaded: prebuilt where there is one, built here otherwise. */
export async function ensureDriver() {
  if (loads()) return;
  say(`fetching the Kafka driver prebuilt for Node ${process.versions.node}`);
  if (fetchPrebuilt() && loads()) return;
  await installTools();
  say('there is none that fits; building the Kafka driver (about a minute)');
  await run('npm', ['rebuild', driver], {
    cwd: root,
    env: buildEnvironment(),
    remedy: `install ${needed.map(({ name }) => name).join(' ')}, then run the same again`,
  });
  const problem = loadProblem();
  if (problem !== undefined) throw new Error(`the Kafka driver was built but cannot be loaded: ${problem}`);
}

function loads() {
  return loadProblem() === undefined;
}

function loadProblem() {
  const { status, stderr } = spawnSync(process.execPath, ['-e', `require('${driver}')`], { cwd: root, encoding: 'utf8' });
  return status === 0 ? undefined : (stderr.split('\n').find((line) => line.includes('Error')) ?? stderr);
}

/** The driver's own installer, without its fall-back to a build that downloads more. Often there is no way to where it lies. */
function fetchPrebuilt() {
  const folder = path.join(root, 'node_modules', driver);
  const installer = createRequire(path.join(folder, 'package.json')).resolve('@mapbox/node-pre-gyp/bin/node-pre-gyp');
  return spawnSync(process.execPath, [installer, 'install'], { cwd: folder, timeout: prebuiltLimitMs, stdio: 'ignore' }).status === 0;
}

async function installTools() {
  const missing = needed.filter(({ isThere }) => !isThere()).map(({ name }) => name);
  if (missing.length === 0) return;
  if (process.getuid?.() !== 0 || !existsSync('/etc/debian_version'))
    throw new Error(
      `building the Kafka driver needs ${missing.join(' ')}\nremedy: sudo apt-get update && sudo apt-get install -y --no-install-recommends ${missing.join(' ')}`,
    );
  say(`installing ${missing.join(' ')}`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  await run('apt-get', ['update', '-qq'], { env, remedy: 'check that apt reaches its mirrors' });
  await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...missing], {
    env,
    remedy: `install ${missing.join(' ')} by hand`,
  });
}

/** Links against the libraries of the system; a parallel make breaks the driver's build; headers of this Node where it brings them. */
function buildEnvironment() {
  const { JOBS: _jobs, MAKEFLAGS: _flags, npm_config_jobs: _npmJobs, npm_config_ignore_scripts: _ignore, ...rest } = process.env;
  const prefix = path.dirname(path.dirname(process.execPath));
  const hasHeaders = existsSync(path.join(prefix, 'include/node/node.h'));
  return { ...rest, CKJS_LINKING: 'dynamic', ...(hasHeaders && { npm_config_nodedir: prefix }) };
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
