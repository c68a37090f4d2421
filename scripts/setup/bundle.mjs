import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** Packages whose modules are joined, and those of them that somebody imports by their names: what a package exports, what is loaded by a path, what tests and benchmarks look at. */
export const bundled = {
  core: (src) => ['index.ts', ...rooms(src).map((name) => `${name}/index.ts`)],
  kafka: () => [
    'index.ts',
    'driver/driver.ts',
    'driver/calls.ts',
    'driver/process-end.ts',
    'fast/attach.ts',
    'fast/native.ts',
    'fast/outbox.ts',
  ],
  cli: () => ['index.ts', 'typescript/given-sources.ts', 'typescript/typescript-hooks.ts'],
};

/**
 * What is joined with a package though it is another one: by itself it is 250 modules. Whoever imports it beside that has a second copy, which it is made for: what
 * its decorators write is known by names, and it asks no value for its class.
 */
const joined = ['inversify'];

/**
 * Joins the modules of a package into a few files: Node takes longer to find and link hundreds of modules than to run them. The compiler writes their types beside
 * these. Whoever imports a module in whichever way is given the same one.
 * @param {string} folder the package
 */
export async function bundle(folder) {
  // Not before there is something to do: it is one of the dependencies that the set-up installs.
  const { build } = await import('esbuild');
  const src = path.join(folder, 'src');
  const dist = path.join(folder, 'dist');
  const { outputFiles, metafile } = await build({
    entryPoints: bundled[path.basename(folder)](src).map((file) => path.join(src, file)),
    outbase: src,
    outdir: dist,
    tsconfig: path.join(folder, 'tsconfig.json'),
    // As deep as the sources lie: modules look for files of their package from where they are.
    ...{ bundle: true, splitting: true, external: externals(folder), chunkNames: 'chunks/[hash]' },
    ...{ format: 'esm', platform: 'node', target: 'es2022', charset: 'utf8' },
    // The sources are published, too.
    ...{ sourcemap: true, sourcesContent: false },
    ...{ write: false, metafile: true, absWorkingDir: folder },
  });
  write(dist, outputFiles);
  writeLicences(folder, Object.keys(metafile.inputs));
  removeOrphans(src, dist);
}

/** What a package gets from npm. */
function externals(folder) {
  const { dependencies, optionalDependencies, peerDependencies } = JSON.parse(readFileSync(path.join(folder, 'package.json')));
  const names = Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies });
  return names.filter((name) => !joined.includes(name)).flatMap((name) => [name, `${name}/*`]);
}

/** Those of the packages that are joined with it. */
function writeLicences(folder, inputs) {
  const folders = inputs.map((input) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0]).filter((each) => each !== undefined);
  const texts = [...new Set(folders)].sort().map((each) => {
    const { name, version } = JSON.parse(readFileSync(path.join(folder, each, 'package.json')));
    return `${name} ${version}\n\n${readFileSync(path.join(folder, each, 'LICENSE'), 'utf8').trim()}\n`;
  });
  if (texts.length > 0) writeFileSync(path.join(folder, 'dist/LICENSES.txt'), texts.join('\n---\n\n'));
}

function rooms(src) {
  return readdirSync(src, { withFileTypes: true }).flatMap((each) => (each.isDirectory() ? [each.name] : []));
}

/** A process that runs on what was there before goes on: what is imported comes first, and what is not needed any more goes last. */
function write(dist, files) {
  const ordered = [...files].sort((a, b) => Number(isChunk(b)) - Number(isChunk(a)));
  for (const { path: file, contents } of ordered) {
    mkdirSync(path.dirname(file), { recursive: true });
    if (!existsSync(file) || !readFileSync(file).equals(contents)) writeFileSync(file, contents);
  }
  const written = new Set(files.map((each) => each.path));
  const left = readdirSync(dist, { recursive: true }).map((name) => path.join(dist, name));
  for (const file of left) if (/\.js(\.map)?$/.test(file) && !written.has(file)) rmSync(file);
}

/** The compiler leaves the types of sources that are gone. */
function removeOrphans(src, dist) {
  for (const name of readdirSync(dist, { recursive: true })) {
    const [, module] = /^(.*)\.d\.ts(?:\.map)?$/.exec(name) ?? [];
    if (module !== undefined && !existsSync(path.join(src, `${module}.ts`))) rmSync(path.join(dist, name));
  }
}

function isChunk(file) {
  return path.basename(path.dirname(file.path)) === 'chunks';
}
