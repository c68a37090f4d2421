import { existsSync } from 'node:fs';
import process from 'node:process';
import {
  buildEnvironment,
  driver,
  driverFolder,
  fetchPrebuilt,
  forgetBuild,
  loadProblem as loadProblemOf,
  missingTools,
  tools,
} from '../../packages/kafka/native/driver.mjs';
import { run } from '../run.mjs';
import { root } from './root.mjs';
import { say, sayWhile } from './say.mjs';

/** Makes sure that the native Kafka driver can be loaded: prebuilt where there is one, built here otherwise. */
export async function ensureDriver() {
  if (loads()) return;
  say(`fetching the Kafka driver prebuilt for Node ${process.versions.node}`);
  const folder = driverFolder(root);
  if (folder === undefined)
    throw new Error(`${driver} is not installed\nremedy: npm install --ignore-scripts --no-save, then run the same again`);
  if (fetchPrebuilt(folder) && loads()) return;
  await installTools();
  forgetBuild(folder);
  const options = { cwd: root, env: buildEnvironment(), remedy: `install ${tools.join(' ')}, then run the same again` };
  await sayWhile('building the Kafka driver', 'there is none that fits; it takes about two minutes', () =>
    run('npm', ['rebuild', driver], options),
  );
  const problem = loadProblem();
  if (problem !== undefined) throw new Error(`the Kafka driver was built but cannot be loaded: ${problem}`);
}

function loads() {
  return loadProblem() === undefined;
}

function loadProblem() {
  const folder = driverFolder(root);
  return folder === undefined ? `${driver} is not installed` : loadProblemOf(folder);
}

async function installTools() {
  const missing = missingTools();
  if (missing.length === 0) return;
  if (process.getuid?.() !== 0 || !existsSync('/etc/debian_version'))
    throw new Error(
      `building the Kafka driver needs ${missing.join(' ')}\nremedy: sudo apt-get update && sudo apt-get install -y --no-install-recommends ${missing.join(' ')}`,
    );
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  await sayWhile(`installing ${missing.join(' ')}`, '', async () => {
    await run('apt-get', ['update', '-qq'], { env, remedy: 'check that apt reaches its mirrors' });
    await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...missing], {
      env,
      remedy: `install ${missing.join(' ')} by hand`,
    });
  });
}
