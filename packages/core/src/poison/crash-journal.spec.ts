import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { CrashJournal } from './crash-journal.js';

const hour = 3_600_000;
let folder: string;
const faults: unknown[] = [];
const open = (now = 0) => CrashJournal.open(folder, now, (error) => faults.push(error));

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'crashes-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('the journal of what a process has in flight', () => {
  test('a process that ends in order leaves nothing behind', () => {
    const journal = open();
    journal.note(journal.line('bill', { topic: 'orders', partition: 3 }), 7);
    journal.close();
    expect(existsSync(folder)).toBe(false);
  });

  test('another copy of this module in the process takes no worker that lives for one that crashed', async () => {
    open();
    jest.resetModules();
    const copy = await import('./crash-journal.js');
    expect(copy.CrashJournal).not.toBe(CrashJournal);
    expect(copy.CrashJournal.open(folder, 0, (error) => faults.push(error)).crashes()).toEqual([]);
  });

  test('one that does not leaves what it had in flight last, for the next to read', () => {
    const journal = open();
    const orders = journal.line('bill', { topic: 'orders', partition: 3 });
    const refunds = journal.line('Rückzahlung', { topic: 'refunds', partition: 0 });
    journal.setNoting(true);
    journal.note(orders, 7, 9);
    journal.note(orders, 8, 11);
    journal.note(refunds, 2);
    journal.leave();
    const refund = { agent: 'Rückzahlung', topic: 'refunds', partition: 0, from: 2, to: 2 };
    expect(open().crashes()).toEqual([
      { isKnown: true, inFlight: [{ agent: 'bill', topic: 'orders', partition: 3, from: 8, to: 11 }, refund] },
    ]);
  });

  test('what is finished is no longer in flight', () => {
    const journal = open();
    const place = journal.line('bill', { topic: 'orders', partition: 3 });
    journal.setNoting(true);
    journal.note(place, 7);
    journal.note(place);
    journal.leave();
    expect(open().crashes()).toEqual([{ isKnown: true, inFlight: [] }]);
  });

  test('a process that runs is not taken for one that is gone, nor another of our own', () => {
    writeFileSync(path.join(folder, `run-${process.ppid}-x`), 'notes: yes\n');
    const beside = open();
    expect(open().crashes()).toEqual([]);
    beside.leave();
    expect(open().crashes()).toHaveLength(1);
  });

  test('a file that was cut short says what it can', () => {
    writeFileSync(path.join(folder, 'run-4194998-x'), 'notes: yes\n              ');
    writeFileSync(path.join(folder, 'run-4194999-y'), '');
    expect(open().crashes()).toEqual([
      { isKnown: true, inFlight: [] },
      { isKnown: false, inFlight: [] },
    ]);
  });

  test('crashes are forgotten after an hour, and those before the last fifty', () => {
    for (let count = 0; count < 60; count++) open(count).leave();
    expect(open(60).crashes()).toHaveLength(50);
    const late = open(59 + hour);
    expect(late.crashes()).toHaveLength(2);
  });

  test('a folder that is gone is told once, and nothing fails', () => {
    const journal = open();
    const place = journal.line('bill', { topic: 'orders', partition: 3 });
    journal.leave();
    expect(() => journal.note(place, 7)).not.toThrow();
    expect(() => journal.close()).not.toThrow();
    rmSync(folder, { recursive: true });
    expect(journal.crashes()).toEqual([]);
    expect(() => journal.line('bill', { topic: 'orders', partition: 4 })).not.toThrow();
  });
});
