import { afterEach, describe, expect, it } from '@jest/globals';
import { App, Cron, Handler, Inject, type Topic, topic } from '@weir/core';
import { TestApp } from '@weir/testing';

const days = topic('days', { value: 'json' });

let app: TestApp;
afterEach(() => app?.stop());

describe.each(['at-least-once', 'exactly-once'] as const)('a cron of an app, %s', (guarantee) => {
  @App({ id: 'shop' })
  class Shop {
    readonly seen: unknown[] = [];

    constructor(@Inject(days) private readonly days: Topic<string, unknown>) {}

    @Cron('0 0 4 * * *', { timezone: 'Europe/Prague' })
    async close(): Promise<void> {
      await this.days.send({ value: 'closed' });
    }

    @Handler(days)
    day(value: unknown): void {
      this.seen.push(value);
    }
  }

  it('may send, and ends with its worker', async () => {
    app = await TestApp.start(Shop, { start: Date.parse('2026-03-28T02:59:00Z'), overrides: { guarantee } });
    await app.advance('1m');
    await app.settled();
    expect(app.get(Shop).seen).toEqual(['closed']);
    await app.stop();
    app = await TestApp.start(Shop, { start: Date.parse('2026-03-29T01:59:30Z'), overrides: { guarantee } });
    await app.advance('29s');
    expect(app.get(Shop).seen).toEqual([]);
    await app.advance('1s');
    expect(app.get(Shop).seen).toEqual(['closed']);
  });
});
