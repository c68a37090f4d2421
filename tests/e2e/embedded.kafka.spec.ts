import { afterEach, describe, expect, it } from '@jest/globals';
import { Program } from './program.js';

const stopped = { code: 0, signal: null };

afterEach(() => Program.killAll());

async function embedded(): Promise<{ readonly broker: Program; readonly url: string }> {
  const broker = Program.weir('broker', '--port', '0', '--json');
  await broker.prints('"url"');
  return { broker, url: (JSON.parse(broker.out) as { url: string }).url };
}

describe('weir broker', () => {
  it('serves several processes', async () => {
    const { broker, url } = await embedded();
    const reading = Program.weir('-A', 'apps/registrations/src/worker.ts', 'worker', '-b', url);
    const sending = Program.weir(
      '-A',
      'apps/registrations/src/app.ts',
      'send',
      'registrations',
      '{"name":"Přemysl","surname":"Hájek","id":10}',
      '-b',
      url,
    );
    expect(await sending.ended).toEqual(stopped);
    await reading.prints("Registration: <Registration: name='Přemysl', surname='Hájek', id=10>");
    const tail = Program.weir('tail', 'registrations', '-b', url);
    await tail.prints('value={"name":"Přemysl","surname":"Hájek","id":10}');
    for (const program of [tail, reading, broker]) expect(await program.interrupt()).toEqual(stopped);
  }, 60_000);

  it('says in one message that its port is taken', async () => {
    const { broker, url } = await embedded();
    const second = Program.weir('broker', '--port', new URL(url).port);
    expect(await second.ended).toEqual({ code: 1, signal: null });
    expect(second.err).toMatch(/^error: .*EADDRINUSE.*another port\n$/);
    expect(await broker.interrupt()).toEqual(stopped);
  }, 30_000);
});

describe('a missing broker', () => {
  const nowhere = 'kafka://127.0.0.1:1';

  it('ends every command with 1, the address and the remedy', async () => {
    const commands = [['worker', '-A', 'apps/registrations/src/app.ts'], ['send', 'orders', 'x'], ['tail', 'orders'], ['topics']];
    const programs = commands.map((args) => Program.weir(...args, '-b', nowhere, '-l', 'silent'));
    for (const program of programs) {
      expect(await program.ended).toEqual({ code: 1, signal: null });
      expect(program.err).toMatch(/^error: no Kafka broker answers at 127\.0\.0\.1:1 .*Start one.*\n$/);
    }
  }, 60_000);
});
