import { afterEach, describe, expect, it } from '@jest/globals';
import { App, CLOCK, type Clock, Handler, Inject, type Table, Task, type Topic, table, topic } from '@weir/core';
import { TestApp } from '@weir/testing';

const orders = topic('orders', { key: 'string', value: 'string' });
const beats = topic('beats', { key: 'string', value: 'string' });
const counts = table('counts', { key: 'string', value: 'long', default: 0 });

let app: TestApp;
afterEach(() => app?.stop());

@App({ id: 'shop' })
class Shop {
  readonly seen: string[] = [];

  constructor(
    @Inject(beats) private readonly beats: Topic<string, string>,
    @Inject(counts) private readonly table: Table<string, number>,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Handler(orders)
  order(_: string, { key }: { readonly key: string | null }): void {
    this.table.update(key ?? '', (n) => n + 1);
  }

  @Task()
  async beat(signal: AbortSignal): Promise<void> {
    this.seen.push(`begins with ${this.table.get('a')}`);
    while (!signal.aborted) {
      await this.clock.sleep(1_000);
      if (!signal.aborted) await this.beats.send({ key: 'a', value: 'beat' });
    }
    this.seen.push('ended');
  }
}

@App({ id: 'shop' })
class Leads {
  readonly seen: string[] = [];

  @Handler(orders)
  order(): void {}

  @Task({ onLeader: true })
  lead(signal: AbortSignal): Promise<void> {
    this.seen.push('leads');
    return new Promise((_, reject) => {
      signal.addEventListener('abort', () => {
        this.seen.push('leads no longer');
        reject(signal.reason);
      });
    });
  }
}

describe('a task', () => {
  it('runs once, from when tables are there until the worker stops', async () => {
    app = await TestApp.start(Shop);
    await app.send(orders, { key: 'a', value: '' });
    await app.settled();
    await app.crash();
    await app.restart();
    await app.settled();
    await app.advance('3s');
    const { seen } = app.get(Shop);
    expect(seen).toEqual(['begins with 1']);
    expect(app.sent(beats)).toHaveLength(3);
    await app.stop();
    expect(seen).toEqual(['begins with 1', 'ended']);
  });

  it('runs on the leader, and on the next one when that goes', async () => {
    app = await TestApp.start(Leads, { partitions: 2 });
    await app.settled();
    const second = await app.join();
    await app.settled();
    const [one, other] = [app.get(Leads).seen, second.get(Leads).seen];
    const isOne = one.at(-1) === 'leads';
    expect([one.at(-1), other.at(-1)].filter((last) => last === 'leads')).toHaveLength(1);
    app.broker.faults.revokeNow([{ topic: orders.name, partition: 0 }]);
    await app.settled();
    expect([one.at(-1), other.at(-1)].filter((last) => last === 'leads')).toHaveLength(1);
    await (isOne ? app.crash() : second.crash());
    await app.advance('1s');
    expect((isOne ? other : one).at(-1)).toBe('leads');
    await second.stop();
  });

  it('that fails ends the worker, and one that comes to its end does not', async () => {
    @App({ id: 'shop' })
    class Failing {
      @Handler(orders) order(): void {}
      @Task() brief(): void {}
      @Task() async broken(): Promise<void> {
        throw new Error('no');
      }
    }
    app = await TestApp.start(Failing);
    await expect(app.settled()).rejects.toMatchObject({
      code: 'TASK_FAILED',
      task: 'Failing.broken',
      message: 'task Failing.broken failed: no',
    });
    await app.crash();
  });

  it('has faults of its options, and needs its parentheses', async () => {
    @App({ id: 'shop' })
    class Wrong {
      @Task({ onLeader: true }) nobody(): void {}
      @Task({ leader: true } as never) unknown(): void {}
    }
    await expect(TestApp.start(Wrong)).rejects.toMatchObject({
      faults: [{ member: 'nobody' }, { member: 'unknown', problem: expect.stringContaining('leader') }],
    });
    expect(() => (Task as (...bare: unknown[]) => unknown)({}, 'bare', {})).toThrow('@Task');
  });
});
