import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Program } from '../e2e/program.js';
import { createTopic, PlainReader, readUntil, unique, write } from './plain.js';

let datadir: string;
beforeEach(() => {
  datadir = mkdtempSync(path.join(tmpdir(), 'weir-kafka-'));
});
afterEach(async () => {
  Program.killAll();
  await PlainReader.closeAll();
  rmSync(datadir, { recursive: true, force: true });
});

const keys = Array.from({ length: 500 }, (_, each) => `c${each}`);

describe.each(['at-least-once', 'exactly-once'])('tables that others write, on Apache Kafka, %s', (guarantee) => {
  it('have what was there before the first event, over a kill and with what came meanwhile, and then what comes', async () => {
    const id = unique('enriching');
    const compacted = { 'cleanup.policy': 'compact' };
    await createTopic(`${id}-orders`, 4);
    await createTopic(`${id}-customers`, 4, compacted);
    await createTopic(`${id}-countries`, 3, compacted);
    await createTopic(`${id}-enriched`, 1);
    const start = () => Program.file('tests/kafka/enriching-app.ts', id, guarantee, datadir);
    const customer = (key: string, name: string, country = 'cz') => ({ key, value: JSON.stringify({ name, country }) });
    let ordered = 0;
    /** What comes out of an order of each of these, without its number. */
    const order = async (...by: string[]) => {
      const from = ordered;
      ordered += by.length;
      await write(
        `${id}-orders`,
        by.map((key, each) => ({ key, value: String(from + each) })),
      );
      const isEnough = (read: readonly { readonly value: Buffer | null }[]) =>
        new Set(read.map(({ value }) => String(value).split(' ')[0])).size >= ordered;
      const out = new Map(
        (await readUntil(`${id}-enriched`, isEnough)).map(({ value }) => [Number.parseInt(String(value), 10), String(value)]),
      );
      return by.map((_, each) => out.get(from + each)?.replace(/^\d+ /, ''));
    };

    await write(
      `${id}-customers`,
      keys.map((key) => customer(key, key)),
    );
    await write(`${id}-countries`, [
      { key: 'cz', value: 'Czechia' },
      { key: 'at', value: 'Austria' },
    ]);
    const killed = start();
    await killed.logs('"msg":"ready');
    expect(await order(...keys, 'x')).toEqual([...keys.map((key) => `${key} Czechia`), 'nobody nowhere']);

    await write(`${id}-customers`, [customer('c0', 'zero', 'at')]);
    // It is live, not at once.
    let [first] = await order('c0');
    for (; first === 'c0 Czechia'; [first] = await order('c0'));
    expect(first).toBe('zero Austria');
    await killed.interrupt('SIGKILL');
    await write(`${id}-customers`, [customer('c1', 'one', 'at'), { key: 'c2', value: null }]);
    await write(`${id}-countries`, [{ key: 'at', value: 'Österreich' }]);
    const back = start();
    await back.logs('"msg":"ready');
    expect(await order('c0', 'c1', 'c2', 'c3')).toEqual(['zero Österreich', 'one Österreich', 'nobody nowhere', 'c3 Czechia']);
    expect(await back.interrupt('SIGTERM')).toEqual({ code: 0, signal: null });
  }, 120_000);
});
