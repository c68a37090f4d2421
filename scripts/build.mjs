#!/usr/bin/env node
// Builds the packages: `node scripts/build.mjs`. Does only what is missing.
import process from 'node:process';
import { buildPackages } from './setup/build.mjs';

try {
  await buildPackages();
} catch (error) {
  console.error(`build.mjs: ${error.message}`);
  process.exitCode = 1;
}
