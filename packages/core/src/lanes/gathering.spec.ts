import { afterEach, describe, expect, it } from '@jest/globals';
import { Agent, App, json, type Stream, topic } from '@weir/core';
import { TestApp } from '@weir/testing';

const orders = topic('orders', { value: json<number>() });

let app: TestApp;
afterEach(() => app?.stop());

describe('an agent that takes arrays', () => {
  @App({ id: 'taking' })
  class Taking {
    readonly seen: number[][] = [];
    release = () => {};

    @Agent(orders)
    async take(stream: Stream<number>): Promise<void> {
      for await (const some of stream.take(2, '1s')) {
        this.seen.push(some);
        await new Promise<void>((resolve) => {
          this.release = resolve;
        });
      }
    }
  }

  // An event that came while the loop was busy with a smaller array was acknowledged with that array: a crash before its own lost it.
  it('commits no event that it has not been given yet', async () => {
    app = await TestApp.start(Taking);
    await app.send(orders, { value: 1 });
    await app.settled({ running: 1 });
    await app.advance('1s', { running: 1 });
    expect(app.get(Taking).seen).toEqual([[1]]);
    await app.send(orders, { value: 2 });
    await app.settled({ running: 2 });
    app.get(Taking).release();
    await app.settled({ running: 1 });
    expect(app.committed(orders)).toBe(1);
    await app.crash();
    await app.restart();
    await app.settled({ running: 1 });
    await app.advance('1s', { running: 1 });
    expect(app.get(Taking).seen).toEqual([[2]]);
    app.get(Taking).release();
    await app.settled();
    expect(app.committed(orders)).toBe(2);
  });
});
