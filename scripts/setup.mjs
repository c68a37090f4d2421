#!/usr/bin/env node
// Makes a checkout ready: `node scripts/setup.mjs [--driver]`. May be run any time; does only what is missing.
import path from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import { buildPackages } from './setup/build.mjs';
import { installDependencies } from './setup/dependencies.mjs';
import { ensureDriver } from './setup/driver.mjs';
import { ensureFastPath } from './setup/fast-path.mjs';

/**
 * Installs the dependencies, builds the packages and, where a Kafka broker is wanted, the native driver and its fast path.
 * @throws Error with the remedy in its message
 */
export async function setup({ driver = false } = {}) {
  await installDependencies();
  if (driver) {
    await ensureDriver();
    ensureFastPath();
  }
  await buildPackages();
}

/** The same for a script: says what is wrong and ends the process. */
export async function setupOrExit(options) {
  try {
    await setup(options);
  } catch (error) {
    console.error(`${path.basename(process.argv[1])}: ${error.message}`);
    process.exit(1);
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const begun = Date.now();
  await setupOrExit({ driver: process.argv.includes('--driver') });
  console.log(`setup: ready (${((Date.now() - begun) / 1000).toFixed(1)} s)`);
}
