import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, expect, it } from '@jest/globals';
import { App, type Event, Handler, Inject, Record, type Table, table, topic, Worker } from '@weir/core';
import { IsInt } from 'class-validator';
import { brokers, createTopic, PlainReader, readAll, readUntil, unique, write } from './plain.js';

const id = unique('evolving');
const datadir = mkdtempSync(path.join(tmpdir(), 'weir-evolving-'));
let worker: Worker | undefined;
afterEach(async () => {
  await worker?.stop();
  await PlainReader.closeAll();
  rmSync(datadir, { recursive: true, force: true });
});

@Record()
class First {
  @IsInt() euros!: number;
}

@Record({ version: 2, upcast: { 1: ({ euros }: First) => ({ cents: euros * 100 }) } })
class Second {
  @IsInt() cents!: number;
}

const app = { id, broker: `kafka://${brokers}`, store: 'level://', datadir, errors: { retry: { attempts: 0 } } } as const;
const payments = `${id}-payments`;
const changelog = `${id}-balances-changelog`;
const firsts = table('balances', { key: 'string', value: First });
const seconds = table('balances', { key: 'string', value: Second });

@App(app)
class Before {
  constructor(@Inject(firsts) private readonly all: Table<string, First | undefined>) {}
  @Handler(topic(payments, { key: 'string', value: First }), { name: 'pay' })
  pay({ euros }: First, { key }: Event<string, First>): void {
    this.all.update(key ?? '', (old) => ({ euros: (old?.euros ?? 0) + euros }));
  }
}

@App(app)
class After {
  constructor(@Inject(seconds) private readonly all: Table<string, Second | undefined>) {}
  @Handler(topic(payments, { key: 'string', value: Second }), { name: 'pay' })
  pay({ cents }: Second, { key }: Event<string, Second>): void {
    this.all.update(key ?? '', (old) => ({ cents: (old?.cents ?? 0) + cents }));
  }
}

async function running(appClass: typeof Before | typeof After, until: () => Promise<unknown>): Promise<void> {
  worker = await Worker.start(appClass, { environment: {} });
  await until();
  await worker.stop();
}

const values = async () => (await readAll(changelog)).map(({ key, value }) => `${key} ${value}`);
const written = (text: string) => () => readUntil(changelog, (all) => all.some(({ value }) => String(value) === text));

it('goes on with tables and messages of version 1 under version 2 on Apache Kafka, and damages nothing on the way back', async () => {
  await createTopic(payments, 1);
  await write(payments, [
    { key: 'a', value: '{"euros":5}' },
    { key: 'b', value: '{"euros":7}' },
  ]);
  await running(Before, written('{"euros":7}'));
  await write(payments, [{ key: 'a', value: '{"euros":1}' }]);
  await running(After, written('{"weir-version":2,"cents":600}'));
  await write(payments, [
    { key: 'a', value: '{"euros":1}' },
    { key: 'b', value: '{"weir-version":2,"cents":1}' },
    { key: 'b', value: '{"euros":1}' },
  ]);
  await running(Before, written('{"euros":8}'));
  const letters = await readUntil(`${id}-dead-letters`, (all) => all.length === 2);
  expect(letters.map(({ key, value }) => `${key} ${value}`)).toEqual(['a {"euros":1}', 'b {"weir-version":2,"cents":1}']);
  expect(await values()).toEqual(['a {"euros":5}', 'b {"euros":7}', 'a {"weir-version":2,"cents":600}', 'b {"euros":8}']);
}, 60_000);
