import { afterEach, describe, expect, it } from '@jest/globals';
import { App, globalTable, Handler, Inject, OnStart, type ReadonlyTable, type Table, table, topic } from '@weir/core';
import { TestApp } from '@weir/testing';

const orders = topic('orders', { key: 'string', value: 'string', partitions: 2 });
const countries = topic('countries', { key: 'string', value: 'string' });
const totals = table('totals', { key: 'string', value: 'long', default: 0 });
const countryNames = globalTable('names', { source: countries, default: 'nowhere' });
const everywhere = globalTable('everywhere', { source: totals });
const enriched = topic('enriched', { key: 'string', value: 'string' });

class Atlas {
  atStart: (readonly [string, string])[] = [];
  constructor(@Inject(countryNames) readonly names: ReadonlyTable<string, string>) {}

  @OnStart()
  async start(): Promise<void> {
    for await (const entry of this.names.entries()) this.atStart.push(entry);
  }
}

@App({ id: 'atlas', providers: [Atlas] })
class Orders {
  constructor(
    @Inject(Atlas) readonly atlas: Atlas,
    @Inject(totals) readonly totals: Table<string, number>,
    @Inject(everywhere) readonly everywhere: ReadonlyTable<string, number | undefined>,
  ) {}

  @Handler(orders, { sinks: [enriched] })
  order(country: string, { key }: { readonly key: string | null }): string {
    this.totals.update(String(key), (n) => n + 1);
    return this.atlas.names.get(country);
  }
}

let app: TestApp;
afterEach(() => app?.stop());

const country = (key: string, value: string) => ({ key, value });
const each = (['memory://', 'level://'] as const).flatMap((store) =>
  (['at-least-once', 'exactly-once'] as const).map((guarantee) => [store, guarantee] as const),
);

describe.each(each)('a global table, %s, %s', (store, guarantee) => {
  const overrides = { store, guarantee };
  const written = () =>
    app
      .sent(enriched)
      .map(({ value }) => value)
      .sort();

  it('is whole on every worker, whatever its number of partitions, before the start hooks and the first event', async () => {
    app = await TestApp.start(Orders, { overrides, partitions: 5 });
    await app.send(countries, [country('cz', 'Czechia'), country('at', 'Austria'), country('de', 'Germany'), country('pl', 'Poland')]);
    await app.send(orders, [
      { key: 'a', value: 'cz' },
      { key: 'b', value: 'xx' },
    ]);
    await app.settled();
    await app.restart();
    expect(app.get(Atlas).atStart).toHaveLength(4);
    const second = await app.join();
    await app.settled();
    for (const worker of [app, second]) expect([worker.get(Atlas).names.get('at'), worker.get(Atlas).names.size]).toEqual(['Austria', 4]);
    await app.send(countries, [country('at', 'Österreich'), { key: 'pl', value: null as never }]);
    await app.settled();
    for (const worker of [app, second]) {
      const { names } = worker.get(Atlas);
      expect([names.get('at'), names.get('pl'), names.has('pl'), names.size]).toEqual(['Österreich', 'nowhere', false, 3]);
    }
    await app.send(orders, [
      { key: 'a', value: 'at' },
      { key: 'b', value: 'pl' },
    ]);
    await app.settled();
    expect(written()).toEqual(expect.arrayContaining(['nowhere', 'Österreich']));
  });

  it('is a copy of a table of the app: what is committed of it, whoever has the key', async () => {
    app = await TestApp.start(Orders, { overrides, partitions: 5 });
    const second = await app.join();
    await app.settled();
    const keys = ['a', 'b', 'c', 'd', 'e', 'f'];
    await app.send(
      orders,
      keys.flatMap((key) => [
        { key, value: 'cz' },
        { key, value: 'cz' },
      ]),
    );
    await app.settled();
    for (const worker of [app, second]) {
      const { everywhere } = worker.get(Orders);
      expect(keys.map((key) => everywhere.get(key))).toEqual(keys.map(() => 2));
      expect([everywhere.get('x'), everywhere.size]).toEqual([undefined, 6]);
    }
    await app.crash();
    await app.restart();
    expect(keys.map((key) => app.get(Orders).everywhere.get(key))).toEqual(keys.map(() => 2));
    expect(app.table(everywhere).get('a')).toBe(2);
  });

  it('finds partitions that are added later', async () => {
    app = await TestApp.start(Orders, { overrides, partitions: 5 });
    await app.send(countries, [country('cz', 'Czechia')]);
    app.broker.growTopic('countries', 9);
    await app.send(
      countries,
      [0, 1, 2, 3, 4, 5, 6, 7, 8].map((partition) => ({ key: `k${partition}`, value: `${partition}`, partition })),
    );
    await app.advance('2m');
    const { names } = app.get(Atlas);
    expect([names.size, names.get('k8'), names.get('k0'), names.get('cz')]).toEqual([10, '8', '0', 'Czechia']);
    await app.restart();
    await app.settled();
    expect(app.get(Atlas).names.size).toBe(10);
  });
});

describe('a global table', () => {
  it('says that a topic is missing', async () => {
    const started = TestApp.start(Orders, { overrides: { topics: 'off' } });
    await expect(started).rejects.toMatchObject({ code: 'TOPIC_MISSING' });
  });

  it('is no copy of a table that the app does not have', async () => {
    @App({ id: 'copying' })
    class Copying {
      constructor(@Inject(everywhere) readonly everywhere: ReadonlyTable<string, number | undefined>) {}
      @Handler(orders)
      read(): void {}
    }
    await expect(TestApp.start(Copying)).rejects.toThrow(/it is a copy of the table 'totals', which no class of the app is given/);
  });
});
