import { afterEach, describe, expect, it } from '@jest/globals';
import { Program } from '../e2e/program.js';
import { OrdersApp } from './orders-app.fixture.js';
import { brokers } from './plain.js';

const COUNT = 12_000;

afterEach(() => Program.killAll());

describe('a worker that is halted for longer than its session', () => {
  it.each(['at-least-once', 'exactly-once'] as const)(
    'goes on as a member of its group, and loses nothing, %s',
    async (guarantee) => {
      const app = await OrdersApp.open(brokers, { guarantee, way: 'steady' });
      await app.write(0, COUNT / 2);
      const reading = await app.read();
      const halted = app.start();
      await reading.until(() => reading.distinct >= COUNT / 10);
      void halted.interrupt('SIGSTOP');
      const other = app.start();
      // Only when the session of the first has ended.
      await other.logs('"msg":"assigned');
      void halted.interrupt('SIGCONT');
      await app.write(COUNT / 2, COUNT);
      await reading.until(() => reading.distinct === COUNT);
      await halted.logs('"msg":"lost');
      for (const program of [halted, other]) await program.stopped();
      await reading.close();
      if (guarantee === 'exactly-once') expect(reading.ids).toHaveLength(COUNT);
    },
    60_000,
  );
});
