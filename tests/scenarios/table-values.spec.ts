import { afterEach, describe, expect, it } from '@jest/globals';
import { App, type Event, Handler, Inject, json, Record as RecordClass, type Table, type TableEntries, table, topic } from '@weir/core';
import { TestApp } from '@weir/testing';
import { Min } from 'class-validator';

const changes = topic('changes', { key: 'string', value: 'string' });

let app: TestApp;
afterEach(() => app?.stop());

const send = (...values: string[]) =>
  app.send(
    changes,
    values.map((value) => ({ key: 'k', value })),
  );

@RecordClass()
class Balance {
  @Min(0) n!: number;
}

describe('values of a table that are records', () => {
  const balances = table('balances', { key: 'string', value: Balance });

  @App({ id: 'balances', errors: { retry: { attempts: 0 } } })
  class Balances {
    constructor(@Inject(balances) readonly all: Table<string, Balance | undefined>) {}
    @Handler(changes)
    change(value: string, { key }: Event<string, string>): void {
      this.all.update(key ?? '', (old) => {
        const balance = old ?? Object.assign(new Balance(), { n: 0 });
        balance.n += Number(value);
        return balance;
      });
    }
  }

  // It was committed, and after the next restart each event that read it was set aside.
  it('are refused where their class refuses them: the event goes to its policy', async () => {
    app = await TestApp.start(Balances);
    await send('5', '-10', '1');
    await app.settled();
    expect(app.deadLetters().map(({ offset, error }) => [offset, error.code])).toEqual([[1, 'VALUE_UNWRITABLE']]);
    await app.restart();
    await send('2');
    await app.settled();
    expect(app.table(balances).get('k')).toEqual({ n: 8 });
    expect(app.get(Balances).all.get('k')).toBeInstanceOf(Balance);
  });
});

describe('the entries of a table', () => {
  const notes = table('notes', { key: 'string', value: json<{ readonly text: string }>() });

  @App({ id: 'notes', errors: { retry: { attempts: 0 } } })
  class Notes {
    kept: TableEntries<string, { readonly text: string } | undefined> | undefined;
    constructor(@Inject(notes) readonly all: Table<string, { readonly text: string } | undefined>) {}
    @Handler(changes)
    change(value: string, { key }: Event<string, string>): void {
      if (value === 'keep') this.kept = this.all.entries();
      else this.all.set(key ?? '', { text: value });
    }
  }

  // They were those of whichever attempt had taken over its lists.
  it('are read outside of an attempt once that is over', async () => {
    app = await TestApp.start(Notes);
    await send('keep', 'later');
    await app.settled();
    expect([...(app.get(Notes).kept ?? [])]).toEqual([['k', { text: 'later' }]]);
  });
});
