import { afterEach, describe, expect, it } from '@jest/globals';
import { readAll } from '../kafka/plain.js';
import { Program } from './program.js';

const brokers = process.env.KAFKA_BROKERS ?? 'localhost:9092';
const url = `kafka://${brokers}`;
const stopped = { code: 0, signal: null };
const people = [
  "<Registration: name='Eliška', surname='Najbrtová', id=4>",
  "<Registration: name='Jenny', surname='Suk', id=3>",
  "<Registration: name='Anička', surname='Šafářová', id=0>",
  "<Registration: name='Sváťa', surname='Pulec', id=3>",
  "<Registration: name='Blažej', surname='Motyčka', id=8>",
  "<Registration: name='Eda', surname='Wasserfall', id=0>",
  "<Registration: name='Přemysl', surname='Hájek', id=10>",
].map((person) => `Registration: ${person}`);

const plain = (path: string, ...args: string[]) => Program.file(path, '--broker', brokers, ...args);
const worker = (path: string, ...args: string[]) => Program.weir('-A', path, 'worker', '-b', url, '-l', 'info', ...args);

afterEach(() => Program.killAll());

describe('registrations', () => {
  it('come from a plain producer to the worker, every letter as it was', async () => {
    expect(await plain('apps/registrations/src/plain-producer.ts').ended).toEqual(stopped);
    const reading = worker('apps/registrations/src/worker.ts');
    await reading.prints(...people);
    expect(await reading.interrupt()).toEqual(stopped);
  }, 60_000);

  it('come from the timer in one process to the agent in another', async () => {
    const reading = worker('apps/registrations/src/worker.ts', '--id', `e2e-timer-${process.pid}`);
    const sending = worker('apps/registrations/src/timer-producer.ts');
    await sending.logs('"ready"');
    await reading.prints(...people);
    expect(await sending.interrupt()).toEqual(stopped);
    expect(await reading.interrupt('SIGTERM')).toEqual(stopped);
  }, 60_000);

  it('go round in one app, started by weir or by its own file', async () => {
    const both = worker('apps/registrations/src/app.ts');
    await both.prints(...people);
    expect(await both.interrupt()).toEqual(stopped);
    const own = Program.file('apps/registrations/src/main.ts', 'worker', '-b', url, '-l', 'info');
    await own.prints('Registrations.register', ...people);
    expect(await own.interrupt()).toEqual(stopped);
  }, 60_000);
});

describe('page-views', () => {
  it('are counted over a kill, and the command line shows how many', async () => {
    const app = 'apps/page-views/src/page-views.ts';
    const viewing = worker('apps/page-views/src/visitors.ts');
    const killed = worker(app);
    await killed.prints(' /home', ' /prices', ' /about');
    await killed.interrupt('SIGKILL');
    const counting = worker(app);
    await counting.prints(' /home', ' /prices', ' /about');
    expect(await viewing.interrupt()).toEqual(stopped);
    const { length } = await readAll('page-views');
    const total = (lines: readonly string[]) => lines.reduce((sum, line) => sum + Number.parseInt(line, 10), 0);
    // At least once: what the killed worker had regrouped and not committed comes again.
    while (total(counting.out.trim().split('\n').slice(-3)) < length) await counting.more();
    expect(await counting.interrupt()).toEqual(stopped);
    const asked = ['/home', '/prices', '/about'].map((page) => Program.weir('-A', app, 'tables', 'get', 'counts', page, '-b', url));
    expect(await Promise.all(asked.map(({ ended }) => ended))).toEqual([stopped, stopped, stopped]);
    expect(total(asked.map(({ out }) => out))).toBeGreaterThanOrEqual(length);
  }, 180_000);
});

describe('enrich', () => {
  it('knows the customers and the countries of the shop', async () => {
    const shop = worker('apps/enrich/src/shop.ts');
    const enriching = worker('apps/enrich/src/enrich.ts');
    await enriching.prints(' for jenny, Czechia', ' for eliška, Austria', ' for blanka, somewhere');
    for (const program of [shop, enriching]) expect(await program.interrupt()).toEqual(stopped);
  }, 60_000);
});

describe('traffic', () => {
  it('is counted by minutes, and what comes too late is told', async () => {
    const looking = worker('apps/traffic/src/visitors.ts');
    const counting = worker('apps/traffic/src/traffic.ts');
    await counting.prints(' /home 6', ' came too late for /');
    for (const program of [looking, counting]) expect(await program.interrupt()).toEqual(stopped);
  }, 60_000);
});

describe('orders-payments', () => {
  it('brings orders and payments together, and reminds of what is not paid', async () => {
    const ordering = worker('apps/orders-payments/src/customers.ts');
    const joining = worker('apps/orders-payments/src/orders-payments.ts');
    await joining.prints(' tea: paid', ' coffee: paid', ' cake: please pay');
    for (const program of [ordering, joining]) expect(await program.interrupt()).toEqual(stopped);
  }, 60_000);
});

describe('greetings', () => {
  it('come from a plain producer to the worker and to a plain consumer', async () => {
    const sending = plain('apps/greetings/src/plain-producer.ts');
    const reading = worker('apps/greetings/src/worker.ts');
    await reading.prints('Greeting: Greeting #0', 'Greeting: Greeting #1');
    const consuming = plain('apps/greetings/src/plain-consumer.ts', '--from', 'earliest');
    await consuming.prints(': key=null value=Greeting #1');
    expect(consuming.out).toMatch(/^greetings:0:\d+: key=null value=Greeting #0$/m);
    for (const program of [sending, reading, consuming]) expect(await program.interrupt()).toEqual(stopped);
  }, 60_000);
});

describe('multi-topic', () => {
  it('has two agents on raw bytes', async () => {
    const sending = plain('apps/multi-topic/src/string-producer.ts');
    const reading = worker('apps/multi-topic/src/raw-worker.ts');
    await reading.prints('Greeter: Greeting #1', 'Worker: Work #2', 'Worker: Work #3');
    for (const program of [sending, reading]) expect(await program.interrupt()).toEqual(stopped);
  }, 60_000);

  it('has two agents on JSON', async () => {
    const sending = plain('apps/multi-topic/src/json-producer.ts');
    const reading = worker('apps/multi-topic/src/json-worker.ts');
    await reading.prints(
      'Greeter: {"subject":"Greeting","value":1}',
      'Worker: {"subject":"Work","value":2}',
      'Worker: {"subject":"Work","value":3}',
    );
    for (const program of [sending, reading]) expect(await program.interrupt()).toEqual(stopped);
  }, 60_000);
});
