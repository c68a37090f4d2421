import { existsSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { run } from '../run.mjs';
import { bundle, bundled } from './bundle.mjs';
import { root } from './root.mjs';
import { say } from './say.mjs';

/** Compiles the packages whose sources are newer than what was built from them, and joins the modules of those that are large. */
export async function buildPackages() {
  await compile();
  for (const folder of packages().filter((each) => path.basename(each) in bundled && isLoose(each))) {
    await bundle(folder);
    writeFileSync(noteOf(folder), '');
  }
}

async function compile() {
  const stale = packages().filter(isStale);
  if (stale.length === 0) return;
  say(`building ${stale.map((folder) => path.basename(folder)).join(', ')}`);
  try {
    await run(process.execPath, [path.join(root, 'node_modules/typescript/bin/tsc'), '-b'], { cwd: root, remedy: 'fix the errors above' });
  } catch (error) {
    // The compiler notes what it did also where it found errors; without the note they are found again.
    for (const folder of stale) rmSync(path.join(folder, 'dist/.tsbuildinfo'), { force: true });
    throw error;
  }
}

/** The folders that have something to compile. */
function packages() {
  const folder = path.join(root, 'packages');
  return readdirSync(folder)
    .map((name) => path.join(folder, name))
    .filter((each) => existsSync(path.join(each, 'tsconfig.json')) && newest(path.join(each, 'src')) > 0);
}

/** When its modules were joined. The compiler's own note is newer also where only types were checked. */
function noteOf(folder) {
  return path.join(folder, 'dist/.bundled');
}

/** Whether the modules of a package have to be joined again. */
function isLoose(folder) {
  const sources = [newest(path.join(folder, 'src')), modified(path.join(root, 'scripts/setup/bundle.mjs'))];
  return Math.max(...sources) >= modified(noteOf(folder));
}

function isStale(folder) {
  const built = modified(path.join(folder, 'dist/.tsbuildinfo'));
  return (
    built === 0 ||
    [path.join(folder, 'tsconfig.json'), path.join(root, 'tsconfig.base.json')].some((file) => modified(file) > built) ||
    newest(path.join(folder, 'src')) > built
  );
}

/** When the newest source changed that is compiled. */
function newest(folder) {
  if (!existsSync(folder)) return 0;
  let time = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) time = Math.max(time, newest(file));
    else if (entry.name.endsWith('.ts') && !/\.(spec|contract|fixture|type-spec)\.ts$/.test(entry.name))
      time = Math.max(time, modified(file));
  }
  return time;
}

function modified(file) {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
