import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { run } from '../run.mjs';
import { root } from './root.mjs';
import { say, sayWhile } from './say.mjs';

const remedy = 'check that npm reaches its registry (npm ping), then run the same again';

/** Installs what package-lock.json names, when something of it is missing or differs. No script of a package runs. */
export async function installDependencies() {
  if (!existsSync(path.join(root, 'package-lock.json'))) {
    await sayWhile('installing the dependencies', 'there is no package-lock.json', () =>
      run('npm', ['install', '--ignore-scripts'], { cwd: root, remedy }),
    );
    return;
  }
  const difference = firstDifference();
  if (difference === undefined) return;
  try {
    await sayWhile('installing the dependencies', difference, () => run('npm', ['ci', '--ignore-scripts'], { cwd: root, remedy }));
  } catch (error) {
    // `npm ci` insists on every platform's optional packages, also where the registry at hand does not have them.
    if (!error.message.includes('npm help ci')) throw error;
    say('npm ci takes package-lock.json for incomplete; npm install goes by it as far as it goes');
    await run('npm', ['install', '--ignore-scripts', '--no-save'], { cwd: root, remedy });
  }
}

/** What of the lock file is not installed as it says, in words. */
function firstDifference() {
  const wanted = readLock(path.join(root, 'package-lock.json'));
  const installed = readLock(path.join(root, 'node_modules/.package-lock.json'));
  if (installed === undefined) return 'there is no node_modules';
  for (const [name, { version, link, optional }] of Object.entries(wanted)) {
    if (!name.includes('node_modules/')) continue;
    const found = installed[name];
    if (found === undefined && !optional) return `${name} is missing`;
    if (found !== undefined && !link && found.version !== version) return `${name} is ${found.version} and should be ${version}`;
  }
  return undefined;
}

function readLock(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch {
    return undefined;
  }
}
