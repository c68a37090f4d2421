import { afterEach, describe, expect, it } from '@jest/globals';
import { App, Handler, Inject, type Table, table, topic } from '@weir/core';
import { TestApp } from '@weir/testing';

const mib = 1024 * 1024;
const documents = topic('documents', { key: 'string', value: 'long' });
const texts = table('texts', { key: 'string', value: 'string' });
const big = 'x'.repeat(mib / 2);

let app: TestApp;
afterEach(() => app?.stop());

const some = (count: number, from = 0) => Array.from({ length: count }, (_, index) => ({ key: `d${from + index}`, value: 0 }));

@App({ id: 'texts', stallTimeout: '60s' })
class Texts {
  handled = 0;
  constructor(@Inject(texts) private readonly texts: Table<string, string | undefined>) {}

  /** @param parts how many keys it sets beside its own */
  @Handler(documents, { concurrency: { max: 4 } })
  keep(parts: number, { key }: { readonly key: string | null }): void {
    this.handled++;
    this.texts.set(key ?? '', big);
    for (let part = 0; part < parts; part++) this.texts.set(`${key}/${part}`, big);
  }
}

describe.each(['at-least-once', 'exactly-once'] as const)('tables that change by much, %s', (guarantee) => {
  it('are committed before their interval is over, so that memory stays bounded', async () => {
    const checkpoints: number[] = [];
    const observer = { checkpoint: ({ bytes }: { readonly bytes: number }) => void checkpoints.push(bytes) };
    app = await TestApp.start(Texts, { overrides: { guarantee, observers: [observer], commitInterval: '1h' } });
    await app.send(documents, some(120));
    await app.settled();
    expect(checkpoints.reduce((sum, bytes) => sum + bytes, 0)).toBeGreaterThan(59 * mib);
    expect(Math.max(...checkpoints)).toBeLessThan(33 * mib);
    await app.restart();
    await app.settled();
    expect(app.table(texts).size).toBe(120);
  });

  it('go on after one event that changes more than may be uncommitted', async () => {
    app = await TestApp.start(Texts, { overrides: { guarantee, commitInterval: '1h' } });
    await app.send(documents, [{ key: 'a', value: 80 }, ...some(3)]);
    await app.settled();
    expect(app.table(texts).size).toBe(84);
  });

  it('take no further event at 32 MiB while the store cannot be written, end the worker after stallTimeout, and lose nothing', async () => {
    const overrides = { guarantee, store: 'level://' };
    app = await TestApp.start(Texts, { overrides });
    await app.send(documents, some(1));
    await app.settled();
    app.storeFaults.failWrites();
    await app.send(documents, some(120, 1));
    await app.advance('30s');
    expect(app.get(Texts).handled).toBeGreaterThan(60);
    expect(app.get(Texts).handled).toBeLessThan(70);
    await expect(app.advance('40s')).rejects.toMatchObject({ code: 'STORE_FAILED' });
    app.storeFaults.mend();
    await app.restart();
    await app.settled();
    expect([...app.table(texts).entries()].filter(([, text]) => text === big)).toHaveLength(121);
  });

  it('go on when the store can be written again, with everything', async () => {
    app = await TestApp.start(Texts, { overrides: { guarantee, store: 'level://' } });
    await app.send(documents, some(1));
    await app.settled();
    app.storeFaults.failWrites();
    await app.send(documents, some(120, 1));
    await app.advance('30s');
    app.storeFaults.mend();
    await app.advance('10s');
    expect([app.get(Texts).handled, app.table(texts).size]).toEqual([121, 121]);
    await app.restart();
    await app.settled();
    expect(app.table(texts).size).toBe(121);
  });
});

describe('tables that change by much', () => {
  it('end the worker when brokers answer and nothing can be committed for long', async () => {
    app = await TestApp.start(Texts, { overrides: { commitInterval: '20s' } });
    app.broker.faults.dropCommits(Number.POSITIVE_INFINITY);
    await app.send(documents, some(120));
    await expect(app.advance('2m')).rejects.toMatchObject({ code: 'PARTITION_STALLED' });
  });
});
