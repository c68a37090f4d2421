#!/usr/bin/env node
// Runs the benchmarks: `node scripts/bench.mjs [--micro] [...options of the benchmark]`, `--help` lists them.
// Without --micro against Apache Kafka: the one at KAFKA_BROKERS, or one that is started for them.
import path from 'node:path';
import process from 'node:process';
import { passOn } from './pass-on.mjs';
import { run } from './run.mjs';
import { root } from './setup/root.mjs';
import { setupOrExit } from './setup.mjs';

const given = process.argv.slice(2);
const isMicro = given.includes('--micro');
const isHelp = given.includes('--help');
const args = given.filter((argument) => argument !== '--micro');

await setupOrExit({ driver: !isMicro });
try {
  await run(process.execPath, [path.join(root, 'node_modules/typescript/bin/tsc'), '-p', 'bench'], {
    cwd: root,
    remedy: 'fix the errors above',
  });
} catch (error) {
  console.error(`bench.mjs: ${error.message}`);
  process.exit(1);
}

const { startKafka } = await import('./kafka.mjs');
const needsKafka = !isMicro && !isHelp && process.env.KAFKA_BROKERS === undefined;
const kafka = needsKafka ? await startKafka({ bench: true }) : undefined;
try {
  const program = path.join(root, 'bench/build', isMicro ? 'micro/main.js' : 'main.js');
  process.exitCode = await passOn(process.execPath, [...(isMicro ? ['--expose-gc'] : []), program, ...args], {
    cwd: root,
    env: { ...process.env, ...(kafka && { KAFKA_BROKERS: kafka.brokers, KAFKA_JMX: kafka.jmx, KAFKA_JARS: kafka.jars }) },
  });
} finally {
  await kafka?.stop();
}
