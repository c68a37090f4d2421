import { afterEach, describe, expect, it } from '@jest/globals';
import { App, Cron, type DefinitionError, Handler, Inject, type Table, type Tick, Timer, type Topic, table, topic } from '@weir/core';
import { TestApp } from '@weir/testing';

const orders = topic('orders', { key: 'string', value: 'string' });
const reports = topic('reports', { key: 'string', value: 'long' });
const counts = table('counts', { key: 'string', value: 'long', default: 0, placement: 'event' });

let app: TestApp;
afterEach(() => app?.stop());

const start = Date.parse('2026-03-01T00:00:30Z');
const at = (minute: number) => Date.parse('2026-03-01T00:00:00Z') + minute * 60_000;

class Reporting {
  static gate: Promise<void> | undefined;
  readonly calls: number[] = [];
  failing = false;

  constructor(
    @Inject(reports) readonly reports: Topic<string, number>,
    @Inject(counts) readonly counts: Table<string, number>,
  ) {}

  async report(name: string, { time }: Tick): Promise<void> {
    this.calls.push(time);
    this.counts.update(name, (n) => n + 1);
    this.reports.sendSoon({ key: name, value: time });
    await Reporting.gate;
    if (this.failing) throw new Error('no');
  }

  order(): void {
    this.counts.update('orders', (n) => n + 1);
  }
}

@App({ id: 'shop' })
class Skips extends Reporting {
  @Handler(orders) override order(): void {
    super.order();
  }
  @Cron('* * * * *', { onLeader: true }) minute(tick: Tick): Promise<void> {
    return this.report('minute', tick);
  }
}

@App({ id: 'shop' })
class Once extends Reporting {
  @Handler(orders) override order(): void {
    super.order();
  }
  @Cron('* * * * *', { onLeader: true, missed: 'once' }) minute(tick: Tick): Promise<void> {
    return this.report('minute', tick);
  }
}

@App({ id: 'shop' })
class All extends Reporting {
  @Handler(orders) override order(): void {
    super.order();
  }
  @Cron('* * * * *', { onLeader: true, missed: 'all' }) minute(tick: Tick): Promise<void> {
    return this.report('minute', tick);
  }
}

const reported = () => app.sent(reports).map(({ value }) => value);

describe.each(['at-least-once', 'exactly-once'] as const)('a cron of the leader, %s,', (guarantee) => {
  const overrides = { guarantee } as const;
  const options = { overrides, start, partitions: 2 };
  afterEach(() => {
    Reporting.gate = undefined;
  });

  it.each([
    ['skip', Skips, [1, 2, 6]],
    ['once', Once, [1, 2, 5, 6]],
    ['all', All, [1, 2, 3, 4, 5, 6]],
  ] as const)('makes up for what was missed: %s', async (_, shop, minutes) => {
    app = await TestApp.start(shop, options);
    await app.advance('2m');
    await app.crash();
    app.clock.advanceTo(at(5) + 30_000);
    await app.restart();
    await app.settled();
    await app.advance('1m');
    expect(reported()).toEqual(minutes.map(at));
    expect(app.table(counts).get('minute')).toBe(minutes.length);
  });

  it('misses nothing before it was there for the first time, and whatever comes after', async () => {
    app = await TestApp.start(All, options);
    await app.settled();
    await app.crash();
    app.clock.advanceTo(at(2) + 30_000);
    await app.restart();
    await app.settled();
    expect(reported()).toEqual([at(1), at(2)]);
  });

  it('has no effect where it fails, and is not repeated', async () => {
    app = await TestApp.start(All, options);
    await app.settled();
    app.get(All).failing = true;
    await app.advance('1m');
    app.get(All).failing = false;
    await app.restart();
    await app.settled();
    expect([reported(), app.table(counts).get('minute')]).toEqual([[], 0]);
    await app.advance('1m');
    expect([reported(), app.table(counts).get('minute')]).toEqual([[at(2)], 1]);
  });

  it('is called again when a message of it was refused, and fails by itself when it is refused again', async () => {
    app = await TestApp.start(All, options);
    await app.settled();
    let left = 1;
    const cancel = app.broker.faults.failProduce(({ topic }) => topic === reports.name && left-- > 0);
    await app.advance('1m');
    await app.advance('10s');
    expect([reported(), app.get(All).calls]).toEqual([[at(1)], [at(1), at(1)]]);
    cancel();
    const refused = app.broker.faults.failProduce(({ topic }) => topic === reports.name);
    await app.advance('1m');
    await app.send(orders, { key: 'a', value: '', partition: 0 });
    await app.advance('10s');
    refused();
    await app.advance('20s');
    expect(app.get(All).calls.slice(2)).toEqual([at(2), at(2), at(3)]);
    expect([reported(), app.table(counts).get('minute'), app.table(counts).get('orders')]).toEqual([[at(1), at(3)], 2, 1]);
  });

  it('commits nothing of a leader that was halted beside the next one', async () => {
    app = await TestApp.start(All, options);
    await app.settled();
    const second = await app.join();
    await app.settled();
    const shops = [app.get(All), second.get(All)];
    let open = () => {};
    Reporting.gate = new Promise((resolve) => {
      open = resolve;
    });
    app.clock.advanceTo(at(1));
    await app.settled({ running: 1 });
    const halted = shops.findIndex(({ calls }) => calls.length > 0);
    expect(shops.map(({ calls }) => calls.length).sort()).toEqual([0, 1]);
    Reporting.gate = undefined;
    // The members change their partitions: the one that is halted goes on where it was.
    app.broker.faults.losePartition({ topic: orders.name, partition: 0 }, { topic: orders.name, partition: 1 });
    await app.settled({ running: 1 });
    open();
    await app.settled();
    await app.advance('20s');
    expect(shops.flatMap(({ calls }) => calls)).toEqual([at(1), at(1)]);
    expect(halted).toBeGreaterThanOrEqual(0);
    expect([reported(), app.table(counts).get('minute')]).toEqual([[at(1)], 1]);
    await second.stop();
  });
});

describe('a timer of the leader', () => {
  @App({ id: 'shop' })
  class Ticking extends Reporting {
    readonly signals: AbortSignal[] = [];
    @Handler(orders) override order(): void {
      super.order();
    }
    @Timer('1m', { onLeader: true }) tick(tick: Tick): Promise<void> {
      this.signals.push(tick.signal);
      return this.report('tick', tick);
    }
  }

  it.each(['at-least-once', 'exactly-once'] as const)('commits what it writes and sends together, %s', async (guarantee) => {
    app = await TestApp.start(Ticking, { overrides: { guarantee }, start, partitions: 2 });
    await app.advance('1m');
    app.get(Ticking).failing = true;
    await app.advance('1m');
    app.get(Ticking).failing = false;
    await app.advance('1m');
    expect([reported().length, app.table(counts).get('tick')]).toEqual([2, 2]);
    expect(app.get(Ticking).signals.map(({ aborted }) => aborted)).toEqual([false, false, false]);
  });

  it('runs beside handlers where no tables are fed', async () => {
    let open = () => {};
    @App({ id: 'shop' })
    class Plain {
      ticks = 0;
      @Handler(orders) order(): Promise<void> {
        return new Promise((resolve) => (open = resolve));
      }
      @Timer('1s', { onLeader: true }) tick(): void {
        this.ticks++;
      }
    }
    app = await TestApp.start(Plain);
    await app.send(orders, { key: 'a', value: '' });
    await app.advance('3s', { running: 1 });
    expect(app.get(Plain).ticks).toBe(3);
    open();
    await app.settled();
  });
});

describe('the faults of what runs on the leader', () => {
  it('are missed without onLeader, what missed is not, and more than can be noted', async () => {
    @App({ id: 'shop' })
    class Wrong {
      @Handler(orders) order(): void {}
      @Cron('@daily', { missed: 'all' }) nobody(): void {}
      @Cron('@daily', { onLeader: true, missed: 'some' as never }) some(): void {}
    }
    for (let index = 0; index < 30; index++) {
      Object.defineProperty(Wrong.prototype, `m${index}`, { value: () => undefined });
      Cron('@daily', { onLeader: true })(Wrong.prototype, `m${index}`, { value: () => undefined });
    }
    const failed = await TestApp.start(Wrong).catch((error: unknown) => error);
    const found = (failed as DefinitionError).faults.map(({ where, member, problem }) => `${where}.${member}: ${problem}`);
    expect(found).toEqual([
      'Wrong.nobody: it has missed without onLeader: nobody notes what it has missed',
      "Wrong.some: missed is 'some'",
      'Wrong.undefined: 31 methods run on the leader, and there is room to note the ticks of 23',
    ]);
  });

  it('are two of one name: a note of one would be taken for that of the other', async () => {
    const jobsAt = (expression: string) => {
      class Jobs {
        run(): void {}
      }
      Cron(expression, { onLeader: true })(Jobs.prototype, 'run', { value: Jobs.prototype.run });
      return Jobs;
    };
    @App({ id: 'shop', providers: [jobsAt('@daily'), jobsAt('@hourly')] })
    class Twice {
      @Handler(orders) order(): void {}
    }
    await expect(TestApp.start(Twice)).rejects.toThrow('Jobs.run: another class of this name has it on the leader, too');
  });
});
