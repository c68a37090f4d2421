import { afterEach, describe, expect, it } from '@jest/globals';
import { App, Cron, type DefinitionError, Handler, Timer, table, topic } from '@weir/core';
import { TestApp } from '@weir/testing';

const orders = topic('orders', { value: 'string' });
const parcels = topic('parcels', { value: 'string' });

let app: TestApp;
afterEach(() => app?.stop());

@App({ id: 'shop' })
class Shop {
  readonly ticks: string[] = [];

  @Handler(parcels)
  parcel(): void {}

  @Handler(orders)
  order(): void {}

  @Timer('1m', { onLeader: true })
  tick(): void {
    this.ticks.push('timer');
  }

  @Cron('30 * * * * *', { onLeader: true })
  minute(): void {
    this.ticks.push('cron');
  }

  @Timer('1m')
  everywhere(): void {
    this.ticks.push('everywhere');
  }
}

describe('what runs on the leader', () => {
  it('is called on one worker, and on the next one when that goes', async () => {
    app = await TestApp.start(Shop, { partitions: 2 });
    await app.settled();
    const second = await app.join();
    await app.settled();
    const [one, other] = [app.get(Shop).ticks, second.get(Shop).ticks];
    await app.advance('5m');
    const all = [...one, ...other];
    expect(all.filter((each) => each === 'timer')).toHaveLength(5);
    expect(all.filter((each) => each === 'cron')).toHaveLength(5);
    expect(all.filter((each) => each === 'everywhere')).toHaveLength(10);
    expect([one, other].filter((each) => each.includes('timer'))).toHaveLength(1);
    const leads = one.includes('timer') ? one : other;
    expect(leads.filter((each) => each !== 'everywhere')).toHaveLength(10);
    await second.stop();
    await app.settled();
    one.length = 0;
    await app.advance('3m');
    expect(one.filter((each) => each === 'timer')).toHaveLength(3);
    expect(one.filter((each) => each === 'cron')).toHaveLength(3);
  });

  it('goes to the worker that is left when the leader crashes', async () => {
    app = await TestApp.start(Shop, { partitions: 2 });
    await app.settled();
    const second = await app.join();
    await app.settled();
    await app.crash();
    await app.advance('10m');
    const { ticks } = second.get(Shop);
    ticks.length = 0;
    await app.advance('3m');
    expect(ticks.filter((each) => each === 'timer')).toHaveLength(3);
    await second.stop();
  });

  it('is a fault where nobody is one, and beside per', async () => {
    const counts = table('counts', { key: 'string', value: 'long' });
    @App({ id: 'shop' })
    class Nobody {
      @Timer('1m', { onLeader: true }) tick(): void {}
      @Cron('@daily', { onLeader: true }) daily(): void {}
      @Timer('1m', { onLeader: true, per: counts } as never) both(): void {}
      @Cron('@daily', { onLeader: 'yes' } as never) yes(): void {}
      @Timer('1m', { onLeader: false }) each(): void {}
    }
    const failed = await TestApp.start(Nobody).catch((error: unknown) => error);
    const found = (failed as DefinitionError).faults.map(({ where, member, problem }) => `${where}.${member}: ${problem}`);
    const nobody = 'it runs on the leader, and no agent of the app reads a topic of a name: nobody is';
    expect(found).toEqual([
      `Nobody.tick: ${nobody}`,
      `Nobody.daily: ${nobody}`,
      'Nobody.both: it has both per and onLeader',
      `Nobody.both: ${nobody}`,
      "Nobody.yes: onLeader is 'yes'",
    ]);
  });
});
