import { describe, expect, it } from '@jest/globals';
import { DeadLetters, deadLetterTopic, Letters } from '@weir/core/internal/letters';
import { MemoryBroker } from '@weir/core/internal/transport';
import { VirtualClock } from './index.js';

const turns = async (): Promise<void> => {
  for (let turn = 0; turn < 200; turn++) await new Promise((resolve) => setImmediate(resolve));
};

/** Dead letters on a clock that the test turns. */
async function withLetters(count: number) {
  const clock = new VirtualClock();
  const broker = new MemoryBroker({ clock, partitions: 1 });
  const producer = await broker.transport().producer();
  const deadLetters = new DeadLetters(deadLetterTopic('shop'), () => clock.now());
  const batch = { key: () => null, value: () => Buffer.from('1'), timestamp: () => -1, headers: () => [] };
  for (let offset = 0; offset < count; offset++) {
    await producer.send({ topic: 'orders', key: null, value: '1' });
    const event = { topic: 'orders', partition: 0, offset, batch, index: 0 } as never;
    await producer.send(deadLetters.letter(event, 'Shop.take', new Error('no'), 1));
  }
  const letters = new Letters({ transport: broker.transport(), clock, appId: 'shop' });
  const replayed = () => broker.messages('orders').length - count;
  const pass = async (ms: number) => {
    clock.advanceTo(clock.now() + ms);
    await turns();
  };
  return { letters, replayed, pass };
}

describe('the rate of a replay', () => {
  it('is kept on the clock: so many messages a second and no more', async () => {
    const { letters, replayed, pass } = await withLetters(25);
    const done = letters.replay({}, { rate: 10 });
    const seen: number[] = [];
    await turns();
    for (let second = 0; second < 3; second++) {
      seen.push(replayed());
      for (let tenth = 0; tenth < 10; tenth++) await pass(100);
    }
    expect(seen).toEqual([1, 11, 21]);
    expect(await done).toMatchObject({ replayed: 25, total: 25 });
  });

  it('is a hundred a second when nobody says, and none with 0', async () => {
    const { letters, replayed, pass } = await withLetters(150);
    const done = letters.replay();
    await turns();
    expect(replayed()).toBe(10);
    for (let tenth = 0; tenth < 10; tenth++) await pass(100);
    expect(replayed()).toBe(110);
    for (let tenth = 0; tenth < 5; tenth++) await pass(100);
    await done;
    const unlimited = await withLetters(150);
    expect((await unlimited.letters.replay({}, { rate: 0 })).replayed).toBe(150);
  });

  it('waits no longer when the signal is aborted, and what was written stays written', async () => {
    const { letters, replayed } = await withLetters(3);
    const stop = new AbortController();
    const done = letters.replay({}, { rate: 1, signal: stop.signal });
    await turns();
    stop.abort();
    expect(await done).toMatchObject({ replayed: 1, total: 3 });
    expect(replayed()).toBe(1);
  });

  it('is refused when it is none', async () => {
    const { letters } = await withLetters(0);
    await expect(letters.replay({}, { rate: -1 })).rejects.toThrow(/rate: expected messages a second/);
  });
});
