#!/usr/bin/env node
// Runs the tests: `node scripts/test.mjs [--kafka] [...jest arguments]`.
// With --kafka, those that need Apache Kafka: at KAFKA_BROKERS, or at one that is started for them.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { passOn } from './pass-on.mjs';
import { root } from './setup/root.mjs';
import { setupOrExit } from './setup.mjs';

/** Options that jest reads together with what follows them. */
const takesNext = new Set(['-t', '--testNamePattern']);
/** A bare path picks tests, as with jest; after `--selectProjects` jest itself would take it for a project. */
const pattern = (argument, index, all) =>
  argument.startsWith('-') || takesNext.has(all[index - 1]) ? argument : `--testPathPatterns=${argument}`;

const given = process.argv.slice(2);
const isKafka = given.includes('--kafka');
await setupOrExit({ driver: true });

/** Where the verdict is written when all tests are done. */
const verdict = path.join(mkdtempSync(path.join(tmpdir(), 'weir-tests-')), 'verdict');

/** A client of the driver that locks itself out while it is closed would keep Jest from ending for ever. */
function endWithVerdict(jest) {
  const look = setInterval(() => {
    if (!existsSync(verdict)) return;
    clearInterval(look);
    setTimeout(() => jest.kill('SIGKILL'), 15_000).unref();
  }, 500);
  jest.once('exit', () => clearInterval(look));
}

const { startKafka } = await import('./kafka.mjs');
const kafka = isKafka && process.env.KAFKA_BROKERS === undefined ? await startKafka() : undefined;
try {
  const code = await passOn(
    process.execPath,
    [
      '--experimental-vm-modules',
      '--disable-warning=ExperimentalWarning',
      path.join(root, 'node_modules/jest/bin/jest.js'),
      `--selectProjects=${isKafka ? 'kafka' : 'unit'}`,
      // Some specs mostly wait; those on Kafka share the machine with its broker.
      // A client of the driver may outlive its test by some seconds: the run does not wait for it.
      ...(isKafka
        ? ['--forceExit', '--reporters=default', `--reporters=${path.join(root, 'scripts/test/verdict.mjs')}`]
        : ['--maxWorkers=100%']),
      ...given.filter((argument) => argument !== '--kafka').map(pattern),
    ],
    // Jest reads keys from the terminal when it watches: that only works in our process group.
    { cwd: root, detached: false, env: { ...process.env, TEST_VERDICT: verdict, ...(kafka && { KAFKA_BROKERS: kafka.brokers }) } },
    endWithVerdict,
  );
  process.exitCode = existsSync(verdict) ? Number(readFileSync(verdict, 'utf8')) : code;
} finally {
  rmSync(path.dirname(verdict), { recursive: true, force: true });
  await kafka?.stop();
}
