import { spawnSync } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { adminOf, called, closed } from './calls.js';
import type { Done, Driver, DriverAdmin, DriverClient } from './driver-types.js';
import { codes } from './errors.js';

/** A client, and an admin client on top of it, that answer when the test says so. */
function make() {
  const events: string[] = [];
  const asked: Done<string>[] = [];
  let disconnected: Done = () => undefined;
  const client = {
    disconnect: (done: Done) => {
      events.push('disconnect');
      disconnected = done;
    },
  } as unknown as DriverClient;
  const admin = adminOf({ AdminClient: { createFrom: () => ({}) as DriverAdmin } } as Pick<Driver, 'AdminClient'>, client);
  const ask = (whom: object = client) => called<string>(whom, (done) => asked.push(done));
  const close = () => closed(client, (done) => client.disconnect(done)).then(() => events.push('closed'));
  return { client, admin, events, asked, ask, close, disconnected: () => disconnected(null, undefined) };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));
const refused = expect.objectContaining({ code: codes.destroyed, message: 'the client is closed' });

describe('a call to a client', () => {
  it('gives what the driver answers, or throws', async () => {
    const { ask, asked } = make();
    const answers = [ask(), ask()];
    asked[0]!(null, 'yes');
    asked[1]!({ code: codes.timedOut, message: 'late' }, '');
    expect(await Promise.allSettled(answers)).toEqual([
      { status: 'fulfilled', value: 'yes' },
      { status: 'rejected', reason: { code: codes.timedOut, message: 'late' } },
    ]);
    const thrown = new Error('refused');
    const throws = (): never => {
      throw thrown;
    };
    await expect(called({}, throws)).rejects.toBe(thrown);
  });

  it('is not made where the client closes, or is closed', async () => {
    const { ask, asked, close, disconnected } = make();
    const closing = close();
    await expect(ask()).rejects.toEqual(refused);
    await turn();
    disconnected();
    await closing;
    await expect(ask()).rejects.toEqual(refused);
    expect(asked).toEqual([]);
  });

  it('that is on its way when the client closes is not waited for by who has made it', async () => {
    const { ask, close } = make();
    const answer = ask();
    void close();
    await expect(answer).rejects.toEqual(refused);
  });
});

describe('a client', () => {
  it('is closed at once where no call is on its way', async () => {
    const { ask, asked, close, events, disconnected } = make();
    const answer = ask();
    asked[0]!(null, 'yes');
    await answer;
    const closing = close();
    await turn();
    disconnected();
    await closing;
    expect(events).toEqual(['disconnect', 'closed']);
  });

  it('is closed when all calls have come back, those of an admin client on top of it too: they use its memory', async () => {
    const { admin, ask, asked, close, events, disconnected } = make();
    const answers = Promise.allSettled([ask(), ask(admin), ask(admin)]);
    const closing = close();
    for (const done of asked) {
      await turn();
      expect(events).toEqual([]);
      done(null, 'late');
    }
    await turn();
    expect(events).toEqual(['disconnect']);
    disconnected();
    await closing;
    expect(await answers).toEqual(Array.from({ length: 3 }, () => ({ status: 'rejected', reason: refused })));
  });

  it('is closed also after a call that the driver has refused at once', async () => {
    const { client, close, events } = make();
    const throws = (): never => {
      throw new Error('Client is disconnected');
    };
    await expect(called(client, throws)).rejects.toThrow('disconnected');
    void close();
    await turn();
    expect(events).toEqual(['disconnect']);
  });
});

describe('an admin client of the driver', () => {
  // Each of these questions ends the process with SIGSEGV where the driver gets it.
  it('is asked nothing more once the client below it closes', () => {
    const module = (name: string) => JSON.stringify(fileURLToPath(new URL(`../../dist/${name}.js`, import.meta.url)));
    const program = `
      import { loadDriver, startEmbeddedBroker } from ${module('index')};
      import { adminOf, called, closed, opened } from ${module('driver/calls')};
      const broker = await startEmbeddedBroker();
      const driver = await loadDriver();
      const client = new driver.KafkaConsumer({ 'group.id': 'g', 'bootstrap.servers': '127.0.0.1:' + broker.port });
      await opened(client, 10_000);
      const admin = adminOf(driver, client);
      const ask = () => called(admin, (done) => admin.listGroups({ timeout: 5_000 }, done)).then(() => 'told', ({ message }) => message);
      const before = await ask();
      const meanwhile = Array.from({ length: 8 }, ask);
      await closed(client, (done) => client.disconnect(done));
      const after = await ask();
      console.log(JSON.stringify([before, ...new Set(await Promise.all(meanwhile)), after]));
      await broker.close();`;
    const { status, signal, stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
      encoding: 'utf8',
      timeout: 60_000,
    });
    expect({ status, signal, stdout }).toEqual({
      status: 0,
      signal: null,
      stdout: '["told","the client is closed","the client is closed"]\n',
    });
  });
});
