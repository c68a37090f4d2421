import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, renameSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('.', import.meta.url));

/** Whether there is an addon for this platform, built here or prebuilt, that fits. */
export function isUpToDate() {
  try {
    const require = createRequire(import.meta.url);
    const addon = require('node-gyp-build').resolve(folder);
    if (isCheckout()) return sources().every((file) => statSync(file).mtimeMs <= statSync(addon).mtimeMs);
    // What npm unpacks has no times of its own. A prebuilt one may want a newer C library than this system has.
    require(addon);
    return true;
  } catch {
    return false;
  }
}

/** Whether sources may change here: what is published leaves this file out. In a checkout a prebuilt addon is no younger than any other. */
export function isCheckout() {
  return existsSync(path.join(folder, '../tsconfig.json'));
}

/**
 * Compiles the addon with the node-gyp that npm brings. Two processes may do so at a time, and others may run on the addon that was there before.
 * @param {{ asan?: boolean, target?: string }} [options] with the address sanitizer; the file that the addon becomes
 * @returns {string | undefined} why it could not be compiled
 */
export function build({ asan = false, target = path.join(folder, 'build/Release/fast_path.node') } = {}) {
  if (process.platform === 'win32') return 'it is not made for Windows';
  const gyp = nodeGyp();
  if (gyp === undefined) return 'node-gyp, which npm brings, was not found';
  const headers = rdkafkaHeaders();
  if (headers === undefined) return 'the Kafka driver has no rdkafka.h';
  const workshop = mkdtempSync(path.join(tmpdir(), 'weir-fast-path-'));
  try {
    for (const part of ['binding.gyp', 'src']) cpSync(path.join(folder, part), path.join(workshop, part), { recursive: true });
    const { status, stdout, stderr, error } = spawnSync(
      process.execPath,
      [gyp, 'rebuild', '--', `-Drdkafka_headers=${headers}`, `-Dhas_sanitizer=${asan ? 1 : 0}`],
      { cwd: workshop, encoding: 'utf8', env: { ...process.env, ...nodeHeaders() } },
    );
    if (status !== 0) return error?.message ?? firstFault(`${stdout}${stderr}`);
    mkdirSync(path.dirname(target), { recursive: true });
    const arriving = `${target}.${process.pid}`;
    cpSync(path.join(workshop, 'build/Release/fast_path.node'), arriving);
    renameSync(arriving, target);
    return undefined;
  } finally {
    rmSync(workshop, { recursive: true, force: true });
  }
}

/** The folder of the driver's rdkafka.h. Of the driver nothing else is needed to compile: it is linked to nothing. */
function rdkafkaHeaders() {
  try {
    const driver = path.dirname(createRequire(import.meta.url).resolve('@confluentinc/kafka-javascript/package.json'));
    const candidates = ['deps/librdkafka/src', 'build/deps/include/librdkafka'].map((each) => path.join(driver, each));
    return candidates.find((each) => existsSync(path.join(each, 'rdkafka.h')));
  } catch {
    return undefined;
  }
}

function sources() {
  const inSrc = readdirSync(path.join(folder, 'src')).map((name) => path.join(folder, 'src', name));
  return [path.join(folder, 'binding.gyp'), ...inSrc];
}

/** Within a script of npm it says where; otherwise it lies beside the npm on the path. */
function nodeGyp() {
  const beside = (file) => path.join(path.dirname(realpathSync(file)), '../node_modules/node-gyp/bin/node-gyp.js');
  const npms = [process.env.npm_execpath, ...(process.env.PATH ?? '').split(path.delimiter).map((each) => path.join(each, 'npm'))];
  const candidates = [process.env.npm_config_node_gyp, ...npms.filter((file) => file && existsSync(file)).map(beside)];
  return candidates.find((file) => file && existsSync(file));
}

/** The headers of this Node, where they lie beside it; node-gyp downloads them otherwise. */
function nodeHeaders() {
  const prefix = path.dirname(path.dirname(process.execPath));
  return existsSync(path.join(prefix, 'include/node/node_api.h')) ? { npm_config_nodedir: prefix } : {};
}

/** Of what node-gyp prints, the line that says why. */
function firstFault(output) {
  const lines = output.split('\n').map((line) => line.trim());
  return (
    lines.find((line) => /\berror: |not found|could not find|no such file/i.test(line)) ??
    lines.findLast((line) => line !== '') ??
    'node-gyp failed'
  );
}
