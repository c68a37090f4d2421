import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

const dist = (name: string) => JSON.stringify(fileURLToPath(new URL(`../../dist/${name}.js`, import.meta.url)));
/** How long a process may take that does not wait for what hangs. Without it, the process would not end, or only ten seconds later. */
const soonMs = 6_000;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-process-end-'));
  spawnSync('mkfifo', [join(folder, 'pipe')]);
});
afterEach(() => rmSync(folder, { recursive: true }));

interface Given {
  readonly env?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  /** When it is killed. */
  readonly timeout?: number;
}

/** Runs a program that may say `hang()`: a thread of the pool does not come back, for it opens a pipe that nobody writes to. */
async function run(program: string, { env = {}, args = [], timeout = 60_000 }: Given = {}) {
  const source = `
    import { open } from 'node:fs';
    import { arrives, departs } from ${dist('driver/process-end')};
    const client = {};
    const hang = () => open(${JSON.stringify(join(folder, 'pipe'))}, 'r', () => undefined);
    ${program}`;
  const child = spawn(process.execPath, [...args, '--input-type=module', '-e', source], {
    ...{ cwd: fileURLToPath(new URL('.', import.meta.url)), stdio: ['ignore', 'pipe', 'pipe'], timeout, killSignal: 'SIGKILL' },
    env: { ...process.env, NODE_OPTIONS: '', ...env },
  });
  const begun = Date.now();
  const [[status, signal], out, err] = await Promise.all([once(child, 'exit'), text(child.stdout!), text(child.stderr!)]);
  return { status, signal, out, err, ms: Date.now() - begun };
}

describe('a process that has a client', () => {
  it('ends with its exit code, also where a thread of the pool never comes back', async () => {
    expect(await run('arrives(client); hang(); process.exit(3);')).toMatchObject({ status: 3, signal: null });
  });

  it('ends so also where nobody has caught an exception, and says it', async () => {
    const { status, err } = await run("arrives(client); hang(); throw new Error('nobody catches it');");
    expect([status, err]).toEqual([1, expect.stringContaining('Error: nobody catches it')]);
  });

  it('has all hear of its end who want to, and says all that they say', async () => {
    const { status, out } = await run(`
      process.on('exit', () => console.log('first'));
      arrives(client);
      process.on('exit', () => console.log('x'.repeat(30_000)));
      process.on('exit', (code) => console.log('last', code));
      process.exit(3);`);
    expect([status, out]).toEqual([3, `first\n${'x'.repeat(30_000)}\nlast 3\n`]);
  });

  it('waits for those who take their time', async () => {
    const { status, out } = await run(`
      arrives(client);
      process.on('exit', () => {
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2_000);
        console.log('done');
      });
      process.exit(3);`);
    expect([status, out]).toEqual([3, 'done\n']);
  });

  it('writes what Node writes at the end: coverage, and a profile', async () => {
    const written = join(folder, 'written');
    const given = { env: { NODE_V8_COVERAGE: written }, args: ['--cpu-prof', `--cpu-prof-dir=${written}`] };
    expect(await run('arrives(client); process.exit(3);', given)).toMatchObject({ status: 3 });
    const endings = readdirSync(written).map((name) => name.replace(/^.*\./, '.'));
    expect(endings.sort()).toEqual(['.cpuprofile', '.json']);
  });

  it('goes on where a thread of it ends', async () => {
    const { status, out } = await run(`
      import { Worker } from 'node:worker_threads';
      const code = 'import(${dist('driver/process-end')}).then(({ arrives }) => { arrives({}); process.exit(3); })';
      new Worker(code, { eval: true }).on('exit', (code) => setTimeout(() => console.log('a thread has ended with', code), 1_500));`);
    expect([status, out]).toEqual([0, 'a thread has ended with 3\n']);
  });

  it('does not wait for one that is connecting', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const broker = `kafka://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { status, signal, ms } = await run(`
      import { open as connect } from ${dist('index')};
      import { SystemClock } from '@weir/core/internal/time';
      const logger = new Proxy({}, { get: () => () => undefined });
      void connect({ broker: '${broker}', clientId: 'c', clock: new SystemClock(), logger, properties: {} });
      setTimeout(() => process.exit(3), 500);`);
    server.close();
    expect({ status, signal }).toEqual({ status: 3, signal: null });
    expect(ms).toBeLessThan(soonMs);
  });
});

describe('a process without a client, or whose clients are closed', () => {
  it('ends as any other: Node waits for the threads of its pool', async () => {
    const { status, signal, out } = await run(
      `
      const others = process.listenerCount('exit');
      arrives(client);
      departs(client);
      console.log(process.listenerCount('exit') - others);
      hang();
      process.exit(3);`,
      { timeout: 4_000 },
    );
    expect([status, signal, out]).toEqual([null, 'SIGKILL', '0\n']);
  });
});
