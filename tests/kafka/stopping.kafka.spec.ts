import { rmSync } from 'node:fs';
import { afterEach, describe, expect, it } from '@jest/globals';
import { close, committed, openConsumer } from '../chaos/clients.js';
import { Program } from '../e2e/program.js';
import { OrdersApp, PARTITIONS } from './orders-app.fixture.js';
import { brokers } from './plain.js';

const stopped = { code: 0, signal: null };
const limitMs = 60_000;

afterEach(() => Program.killAll());

describe('a worker that is told to stop', () => {
  it.each(['at-least-once', 'exactly-once'] as const)(
    'in the middle of a retry ends well at once, and the event is tried again by the next one (%s)',
    async (guarantee) => {
      const app = await OrdersApp.open(brokers, { guarantee, way: 'retry' });
      await app.write(13, 14);
      await app.write(20, 40);
      const worker = app.start();
      await worker.logs('failed, trying again in');
      const begun = performance.now();
      expect(await worker.interrupt('SIGTERM')).toEqual(stopped);
      // The retry would have waited for 8 s at least.
      expect(performance.now() - begun).toBeLessThan(6_000);

      const next = app.start();
      await next.logs('failed, trying again in');
      expect(next.err).toContain(`${app.orders}[1]@0`);
      expect(await next.interrupt('SIGTERM')).toEqual(stopped);

      const mended = app.start('steady');
      const reading = await app.read();
      await reading.until(() => reading.distinct === 21);
      expect(await mended.interrupt('SIGTERM')).toEqual(stopped);
      if (guarantee === 'exactly-once') expect(reading.ids).toHaveLength(21);
      await reading.close();
    },
    limitMs,
  );

  // The exit code was 0.
  it('while a hook of partitions hangs ends within shutdownTimeout, names it, and fails', async () => {
    const app = await OrdersApp.open(brokers, { guarantee: 'at-least-once', way: 'hook' });
    const worker = app.start();
    await worker.prints('assigned');
    const begun = performance.now();
    const ended = await worker.interrupt('SIGTERM');
    // It has not left its group in order, and keeps its name.
    rmSync(`${app.shape.id}-data`, { recursive: true, force: true });
    expect(ended).toEqual({ code: 1, signal: null });
    expect(performance.now() - begun).toBeLessThan(6_000);
    expect(worker.err).toContain('not everything had finished within 2 s of being asked to stop: @OnAssigned Hanging.come');
  });

  it.each(['at-least-once', 'exactly-once'] as const)(
    'with an array that is half full ends well, and loses none of it (%s)',
    async (guarantee) => {
      const app = await OrdersApp.open(brokers, { guarantee, way: 'batch' });
      await app.write(0, 100);
      const reading = await app.read();
      const worker = app.start();
      // Twenty of each partition's twenty-five fill an array; it gathers more for a minute.
      await reading.until(() => reading.distinct === 80);
      expect(await worker.interrupt('SIGTERM')).toEqual(stopped);
      await reading.until(() => reading.distinct === 100);
      const group = await openConsumer(brokers, app.shape.id);
      expect(await committed(group, app.orders, PARTITIONS)).toEqual(Array(PARTITIONS).fill(25));
      await close(group);
      expect(reading.ids).toHaveLength(100);
      await reading.close();
    },
    limitMs,
  );
});
