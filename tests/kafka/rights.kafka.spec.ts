import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { type StartedKafka, startKafka } from '../../scripts/kafka.mjs';
import { Program } from '../e2e/program.js';

interface Plan {
  readonly rights: readonly { resource: string; name: string; pattern: string; operations: readonly string[] }[];
}

let kafka: StartedKafka;
let datadir: string;
beforeAll(async () => {
  kafka = await startKafka({ sasl: true, acls: true });
  datadir = mkdtempSync(path.join(tmpdir(), 'weir-plan-'));
}, 60_000);
afterEach(() => Program.killAll());
afterAll(async () => {
  rmSync(datadir, { recursive: true, force: true });
  await kafka?.stop();
});

/** The app's command, as somebody who may do everything. */
const weir = (id: string, ...args: string[]) => Program.file('tests/kafka/reset-app.ts', id, ...args, '-b', `kafka://${kafka.brokers}`);
const ended = async (program: Program) => ({ code: (await program.ended).code, out: program.out, err: program.err });

/** The app's worker, as a principal that has what it was granted. */
function worker(id: string, ...args: string[]): Program {
  const { brokers, ca, username, password } = kafka.sasl!;
  const properties = {
    ...{ 'security.protocol': 'SASL_SSL', 'sasl.mechanisms': 'SCRAM-SHA-512' },
    ...{ 'sasl.username': username, 'sasl.password': password, 'ssl.ca.location': ca },
  };
  const given = Object.entries(properties).flatMap(([name, value]) => ['--kafka', `${name}=${value}`]);
  const place = ['-b', `kafka://${brokers}`, '-D', path.join(datadir, id)];
  return Program.file('tests/kafka/reset-app.ts', id, 'worker', '-l', 'info', ...place, ...given, ...args);
}

/** Those that allow the same are granted in one go: the tool takes a second each. */
async function grant({ rights }: Plan): Promise<void> {
  const kinds = new Set(rights.map(kindOf));
  await Promise.all([...kinds].map((kind) => grantAlike(rights.filter((right) => kindOf(right) === kind))));
}

const kindOf = ({ operations, pattern, resource }: Plan['rights'][number]) => JSON.stringify([operations, pattern, resource]);

async function grantAlike(rights: Plan['rights']): Promise<void> {
  const { operations, pattern, resource } = rights[0]!;
  const names = rights.flatMap(({ name }) => [`--${resource}`, name]);
  const allowed = operations.flatMap((operation) => ['--operation', operation.replaceAll('_', '')]);
  const tool = ['-XX:TieredStopAtLevel=1', '-cp', `${kafka.jars}/*`, 'org.apache.kafka.tools.AclCommand'];
  const how = ['--bootstrap-server', kafka.brokers, '--add', '--allow-principal', `User:${kafka.sasl!.username}`];
  await promisify(execFile)('java', [...tool, ...how, '--resource-pattern-type', pattern, ...allowed, ...names]);
}

it('runs with the rights that the plan names and no others', async () => {
  const id = 'rights';
  await ended(weir(id, 'topics', 'apply', '--yes'));
  // What it is refused first is a matter of which client is faster.
  expect((await worker(id, '--topics', 'verify').ended).code).toBe(1);
  const plan = await ended(weir(id, 'topics', 'plan', '--offline', '--json', '--topics', 'verify'));
  await grant(JSON.parse(plan.out) as Plan);
  const running = worker(id, '--topics', 'verify');
  await running.logs('ready');
  await ended(weir(id, 'send', `${id}-visits`, '/', '-k', 'a'));
  let counted = '';
  while (counted !== '1\n') counted = (await ended(weir(id, 'tables', 'get', 'counts', '/'))).out;
  expect(running.err).not.toMatch(/cannot|authoriz|DESCRIBE_CONFIGS/i);
  await running.stopped();
}, 120_000);
