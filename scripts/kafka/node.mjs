import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { run } from '../run.mjs';
import { knownBrokers } from './probe.mjs';
import { serverProperties } from './server-properties.mjs';

const clusterId = 'd2VpcndlaXJ3ZWlyd2Vpcg';
const startLimitMs = 60_000;
const stopLimitMs = 8_000;

/** One combined broker and controller. */
export class KafkaNode {
  #given;
  #process;
  #isHalted = false;

  constructor(given) {
    this.#given = given;
  }

  get #properties() {
    return path.join(this.#given.folder, `server-${this.#given.address.id}.properties`);
  }

  get #log() {
    return path.join(this.#given.folder, `server-${this.#given.address.id}.log`);
  }

  async format() {
    const { jars, credentials } = this.#given;
    await writeFile(this.#properties, serverProperties(this.#given));
    const scram = credentials ? ['--add-scram', `SCRAM-SHA-512=[name=${credentials.username},password=${credentials.password}]`] : [];
    await run(
      'java',
      [
        '-XX:TieredStopAtLevel=1',
        '-cp',
        `${jars}/*`,
        'kafka.tools.StorageTool',
        'format',
        '-t',
        clusterId,
        '-c',
        this.#properties,
        ...scram,
      ],
      {
        remedy: 'install a JDK 17 or newer',
      },
    );
  }

  /** Whether its process exists, be it halted. */
  get isRunning() {
    const child = this.#process;
    return child !== undefined && child.exitCode === null && child.signalCode === null;
  }

  get isHalted() {
    return this.#isHalted;
  }

  /**
   * Starts the node and waits until it answers and knows as many nodes as can be known.
   * @param known how many that is, asked again and again
   */
  async start(known) {
    if (this.isRunning) return;
    const { jars, guard, address, bench } = this.#given;
    const log = openSync(this.#log, 'a');
    const jvm = bench ? ['-Xmx1g', ...jmx(address.jmx)] : ['-Xmx512m', '-XX:TieredStopAtLevel=1'];
    const child = spawn(
      'java',
      [...jvm, '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn', '-cp', `${jars}/*`, 'kafka.Kafka', this.#properties],
      {
        stdio: ['ignore', log, log],
        detached: true,
      },
    );
    closeSync(log);
    this.#process = child;
    guard.watch(child.pid);
    child.once('exit', () => guard.forget(child.pid));
    child.unref();
    const limit = Date.now() + startLimitMs;
    while ((await knownBrokers(address.plain)) < known()) {
      if (this.#process !== child || !this.isRunning || Date.now() > limit) {
        const tail = (await readFile(this.#log, 'utf8').catch(() => '')).split('\n').slice(-30).join('\n');
        throw new Error(`Kafka node ${address.id} does not answer on port ${address.plain}\n${tail}`);
      }
      await sleep(50);
    }
  }

  /** As a power cut would. */
  async kill() {
    await this.#end('SIGKILL');
  }

  /** In good order, within a limit: a controller that has lost its quorum would wait for ever. */
  async terminate() {
    await this.#end('SIGTERM');
  }

  /** As a machine that hangs: its connections stay, and nothing answers. */
  halt() {
    this.#isHalted = this.isRunning && this.#process.kill('SIGSTOP');
  }

  goOn() {
    if (this.#isHalted) this.#process.kill('SIGCONT');
    this.#isHalted = false;
  }

  async #end(signal) {
    const child = this.#process;
    if (!this.isRunning) return;
    child.ref();
    const exited = once(child, 'exit');
    child.kill(signal);
    // A halted process hears SIGKILL only.
    this.goOn();
    const last = setTimeout(() => child.kill('SIGKILL'), stopLimitMs);
    await exited;
    clearTimeout(last);
  }
}

/** Metrics for whoever is on this machine. */
function jmx(port) {
  const settings = { port, 'rmi.port': port, host: '127.0.0.1', authenticate: false, ssl: false };
  return [
    '-Djava.rmi.server.hostname=127.0.0.1',
    ...Object.entries(settings).map(([name, value]) => `-Dcom.sun.management.jmxremote.${name}=${value}`),
  ];
}
