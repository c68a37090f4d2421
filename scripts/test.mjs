#!/usr/bin/env node
// Runs the tests: `node scripts/test.mjs [--kafka] [...jest arguments]`.
// With --kafka, those that need Apache Kafka: at KAFKA_BROKERS, or at one that is started for them.
import path from 'node:path';
import process from 'node:process';
import { passOn } from './pass-on.mjs';
import { root } from './setup/root.mjs';
import { setupOrExit } from './setup.mjs';

/** A bare path picks tests, as with jest; after `--selectProjects` jest itself would take it for a project. */
const pattern = (argument) => (argument.startsWith('-') ? argument : `--testPathPatterns=${argument}`);

const given = process.argv.slice(2);
const isKafka = given.includes('--kafka');
await setupOrExit({ driver: true });

const { startKafka } = await import('./kafka.mjs');
const kafka = isKafka && process.env.KAFKA_BROKERS === undefined ? await startKafka() : undefined;
try {
  process.exitCode = await passOn(
    process.execPath,
    [
      '--experimental-vm-modules',
      '--disable-warning=ExperimentalWarning',
      path.join(root, 'node_modules/jest/bin/jest.js'),
      `--selectProjects=${isKafka ? 'kafka' : 'unit'}`,
      // Some specs mostly wait; those on Kafka share the machine with its broker.
      // A client of the driver may outlive its test by some seconds: the run does not wait for it.
      ...(isKafka ? ['--forceExit'] : ['--maxWorkers=100%']),
      ...given.filter((argument) => argument !== '--kafka').map(pattern),
    ],
    // Jest reads keys from the terminal when it watches: that only works in our process group.
    { cwd: root, detached: false, env: { ...process.env, ...(kafka && { KAFKA_BROKERS: kafka.brokers }) } },
  );
} finally {
  await kafka?.stop();
}
