import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type StartedKafka, startKafka } from '../../scripts/kafka.mjs';
import { close, committed, ends, openConsumer } from '../chaos/clients.js';
import { Program } from '../e2e/program.js';
import { OrdersApp, PARTITIONS } from './orders-app.fixture.js';

const COUNT = 6_000;
/** Longer than a session, and than what librdkafka tries for without a word. */
const outageMs = 22_000;
const limitMs = 120_000;

/** On a broker of its own, which is killed and started again. */
describe('a worker whose broker is gone', () => {
  let kafka: StartedKafka;
  beforeAll(async () => {
    kafka = await startKafka();
  }, limitMs);
  afterEach(() => Program.killAll());
  afterAll(() => kafka.stop(), limitMs);

  it('is told so at its start, with what to do, and ends with 1', async () => {
    const worker = Program.weir('-A', 'apps/greetings/src/worker.ts', 'worker', '-b', 'kafka://127.0.0.1:1');
    expect(await worker.ended).toEqual({ code: 1, signal: null });
    expect(worker.err).toContain('no Kafka broker answers at 127.0.0.1:1');
    expect(worker.err).toContain("Start one, or give the right address as broker: 'kafka://host:port'");
  }, 60_000);

  it.each(['at-least-once', 'exactly-once'] as const)(
    'goes on by itself when it is back, with nothing lost (%s)',
    async (guarantee) => {
      const app = await OrdersApp.open(kafka.brokers, { guarantee, way: 'steady' });
      await app.write(0, COUNT);
      const reading = await app.read();
      const worker = app.start();
      await reading.until(() => reading.distinct > COUNT / 8);
      await kafka.kill();
      await sleep(outageMs);
      await kafka.start();
      await reading.until(() => reading.distinct === COUNT);
      // What was taken before the outage may come out before the group has anybody in it again.
      const group = await openConsumer(kafka.brokers, app.shape.id);
      const high = await ends(group, app.orders, PARTITIONS);
      while (String(await committed(group, app.orders, PARTITIONS)) !== String(high)) await sleep(200);
      await close(group);
      expect(await worker.interrupt('SIGTERM')).toEqual({ code: 0, signal: null });
      if (guarantee === 'exactly-once') expect(reading.ids).toHaveLength(COUNT);
      await reading.close();
    },
    limitMs,
  );

  it(
    'stops within its time when it is told to, says what it leaves behind, and the next one finds it',
    async () => {
      const app = await OrdersApp.open(kafka.brokers, { guarantee: 'at-least-once', way: 'steady' });
      await app.write(0, COUNT);
      const reading = await app.read();
      const worker = app.start();
      await reading.until(() => reading.distinct > COUNT / 8);
      await kafka.kill();
      const begun = performance.now();
      expect(await worker.interrupt('SIGTERM')).toEqual({ code: 1, signal: null });
      // shutdownTimeout is 8 s; a step that is late has a second more.
      expect(performance.now() - begun).toBeLessThan(20_000);
      expect(worker.err).toContain('runs again after the restart');
      await kafka.start();
      const next = app.start();
      await reading.until(() => reading.distinct === COUNT);
      expect(await next.interrupt('SIGTERM')).toEqual({ code: 0, signal: null });
      await reading.close();
    },
    limitMs,
  );
});
