import { beforeEach, describe, expect, it } from '@jest/globals';
import { App, Handler, topic, Worker } from '@weir/core';
import { FakeShell } from '../../fake-shell.fixture.js';
import { run } from '../../run.js';

const orders = topic('orders', { key: 'string', value: 'string', partitions: 3 });

@App({ id: 'shop', broker: 'kafka://declared:9092', errors: { retry: { backoff: '1h', jitter: 0, durable: true } } })
class Shop {
  static seen: () => void;

  @Handler(orders, { name: 'take' })
  take(value: string): void {
    Shop.seen();
    if (value === 'a1') throw new RangeError('no such price');
  }
}

let shell: FakeShell;
beforeEach(async () => {
  shell = new FakeShell();
  let left = 2;
  const done = new Promise<void>((resolve) => {
    Shop.seen = () => --left === 0 && resolve();
  });
  const worker = await Worker.start(Shop, { transport: shell.broker.transport(), environment: { WEIR_LOGLEVEL: 'silent' } });
  const producer = await shell.broker.transport().producer();
  for (const [key, value] of [
    ['a', 'a1'],
    ['a', 'a2'],
    ['b', 'b1'],
  ])
    await producer.send({ topic: 'orders', partition: 0, key, value, headers: [['from', Buffer.from('test')]] });
  await done;
  await worker.stop();
});

const weir = (...args: string[]) => run(args, Shop, shell);

describe('what an agent has parked', () => {
  it('stands among the tables, with its changelog', async () => {
    expect(await weir('tables', '--json')).toBe(0);
    expect(shell.json()).toEqual([
      [
        expect.objectContaining({
          ...{ name: 'take-retries', kind: 'retries', feeds: ['orders'], topic: 'shop-take-retries-changelog', partitions: 3, keys: 2 },
        }),
      ],
    ]);
  });

  it('is shown by a scan: where each comes from, when it is due and why', async () => {
    expect(await weir('tables', 'scan', 'take-retries')).toBe(0);
    const [first, second, ...others] = shell.json() as object[];
    expect(others).toEqual([]);
    expect(first).toMatchObject({
      key: { topic: 'orders', offset: 0, key: 'a' },
      value: { tries: 1, error: { name: 'RangeError', message: 'no such price' }, headers: { from: 'test' }, value: 'a1' },
      partition: 0,
    });
    expect(second).toMatchObject({ key: { offset: 1 }, value: { due: null, tries: 0, error: null, value: 'a2' } });
    expect(await weir('tables', 'get', 'take-retries', 'a')).toBe(2);
    expect(await weir('tables', 'scan', 'take-retries', '--prefix', 'a')).toBe(2);
  });

  it('has a topic that is planned and deleted with the others of the app; its agent is listed once', async () => {
    expect(await weir('topics', 'plan', '--json')).toBe(0);
    expect(shell.out.text).toContain('shop-take-retries-changelog');
    expect(await weir('agents')).toBe(0);
    expect(shell.out.text).not.toContain('take-retries:');
    expect(await weir('reset', '--yes')).toBe(0);
    expect(shell.broker.messages('shop-take-retries-changelog')).toEqual([]);
  });
});
