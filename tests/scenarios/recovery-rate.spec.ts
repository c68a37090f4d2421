import { afterEach, expect, it } from '@jest/globals';
import { App, Handler, Inject, type Table, table, topic } from '@weir/core';
import { TestApp } from '@weir/testing';

const documents = topic('documents', { key: 'string', value: 'string' });
const texts = table('texts', { key: 'string', value: 'string' });

@App({ id: 'texts' })
class Texts {
  constructor(@Inject(texts) readonly kept: Table<string, string | undefined>) {}

  @Handler(documents)
  keep(text: string, { key }: { readonly key: string | null }): void {
    this.kept.set(key ?? '', text);
  }
}

let app: TestApp;
afterEach(() => app?.stop());

it('reads changelogs no faster than recovery.bytesPerSecond says', async () => {
  app = await TestApp.start(Texts, { overrides: { recovery: { bytesPerSecond: 100_000 } } });
  const text = 'x'.repeat(100);
  await app.send(
    documents,
    Array.from({ length: 5_000 }, (_, index) => ({ key: String(index), value: text })),
  );
  await app.settled();
  await app.restart();
  await app.settled({ running: 1 });
  expect(app.get(Texts).kept.size).toBe(0);
  await app.advance('3s', { running: 1 });
  expect(app.get(Texts).kept.size).toBe(0);
  await app.advance('3s');
  expect(app.get(Texts).kept.size).toBe(5_000);
});
