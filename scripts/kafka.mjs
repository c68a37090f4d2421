#!/usr/bin/env node
// Apache Kafka on this machine, without Docker: `node scripts/kafka.mjs [--nodes 3] [--sasl]` keeps one running until Ctrl-C.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { Guard } from './kafka/guard.mjs';
import { ensureJars } from './kafka/jars.mjs';
import { KafkaNode } from './kafka/node.mjs';
import { freePorts } from './kafka/ports.mjs';
import { makeCertificate } from './kafka/tls.mjs';

/** The user of the SASL listener. */
export const credentials = { username: 'alice', password: 'alice-secret' };

/**
 * Starts Apache Kafka on free loopback ports, with its data in a temporary folder.
 *
 * - `brokers`: `host:port,…` of the plain listeners
 * - `jmx`: with `{ bench: true }`, `host:port` of the metrics of the first node
 * - `sasl`: with `{ sasl: true }`, `{ brokers, ca, username, password }` of a SASL_SSL listener (SCRAM-SHA-512)
 * - with `{ sasl: true, acls: true }` its user may do only what it is granted; the plain listeners may do all
 * - `kill(i)`, `terminate(i)`, `start(i)`, `restart(i)`: one node, counted from 0; a start waits until the node answers
 * - `halt(i)`, `goOn(i)`: the node's process stands still, as one that hangs
 * - `stop()`: ends everything and removes the data; it happens too when this process dies in any way
 */
export async function startKafka({ nodes = 1, sasl = false, acls = false, bench = false, port } = {}) {
  const jars = await ensureJars();
  const folder = await mkdtemp(path.join(tmpdir(), 'weir-kafka-'));
  const guard = new Guard(folder);
  try {
    const tls = sasl ? await makeCertificate(folder) : undefined;
    const ports = await freePorts(nodes * 4);
    const addresses = Array.from({ length: nodes }, (_, index) => ({
      id: index + 1,
      plain: index === 0 && port ? port : ports[index * 4],
      controller: ports[index * 4 + 1],
      secure: ports[index * 4 + 2],
      jmx: bench ? ports[index * 4 + 3] : undefined,
    }));
    const cluster = addresses.map(
      (address) =>
        new KafkaNode({ jars, folder, guard, address, addresses, bench, tls, acls, credentials: sasl ? credentials : undefined }),
    );
    await Promise.all(cluster.map((node) => node.format()));
    // Without a majority no node answers: those that start together wait for each other.
    const known = () => cluster.filter((node) => node.isRunning && !node.isHalted).length;
    await Promise.all(cluster.map((node) => node.start(known)));
    return {
      folder,
      jars,
      brokers: addresses.map((address) => `127.0.0.1:${address.plain}`).join(','),
      jmx: addresses[0].jmx && `127.0.0.1:${addresses[0].jmx}`,
      sasl: tls && { brokers: addresses.map((address) => `127.0.0.1:${address.secure}`).join(','), ca: tls.ca, ...credentials },
      kill: (index = 0) => cluster[index].kill(),
      terminate: (index = 0) => cluster[index].terminate(),
      start: (index = 0) => cluster[index].start(known),
      restart: async (index = 0) => {
        await cluster[index].terminate();
        await cluster[index].start(known);
      },
      halt: (index = 0) => cluster[index].halt(),
      goOn: (index = 0) => cluster[index].goOn(),
      async stop() {
        await Promise.all(cluster.map((node) => node.terminate()));
        await guard.release();
        await rm(folder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await guard.abandon();
    throw error;
  }
}

const help = `Usage: node scripts/kafka.mjs [options]

Apache Kafka on this machine until Ctrl-C, on loopback addresses, with its data in a temporary folder.
Needs a JDK 17 and, the first time, Maven.

  --port <port>   port of the first node         [default: a free one]
  --nodes <n>     number of nodes                [default: 1]
  --sasl          also a listener with TLS and SCRAM-SHA-512
  --bench         more memory, the full JIT and metrics over JMX, for benchmarks
  --help          this
`;

async function main() {
  const { values } = parseArgs({
    options: {
      ...{ port: { type: 'string' }, nodes: { type: 'string' }, sasl: { type: 'boolean' }, bench: { type: 'boolean' } },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) return process.stdout.write(help);
  const number = (name) => {
    if (values[name] === undefined) return undefined;
    if (!/^[1-9]\d{0,4}$/.test(values[name])) throw new Error(`--${name}: expected a whole number from 1, got '${values[name]}'`);
    return Number(values[name]);
  };
  const { sasl = false, bench = false } = values;
  const kafka = await startKafka({ nodes: number('nodes') ?? 1, sasl, bench, port: number('port') });
  console.log(`Kafka answers on ${kafka.brokers}`);
  if (kafka.sasl)
    console.log(`SASL_SSL on ${kafka.sasl.brokers}, SCRAM-SHA-512 ${credentials.username}/${credentials.password}, CA ${kafka.sasl.ca}`);
  console.log('Ctrl-C stops it and removes its data');
  // Neither a signal handler nor an unreferenced child keeps a process alive.
  const alive = setInterval(() => {}, 60_000);
  await new Promise((resolve) => {
    process.once('SIGINT', resolve);
    process.once('SIGTERM', resolve);
  });
  clearInterval(alive);
  await kafka.stop();
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  await main().catch((error) => {
    console.error(`${path.basename(fileURLToPath(import.meta.url))}: ${error.message}`);
    process.exitCode = 1;
  });
}
