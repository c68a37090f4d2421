import { expect, it } from '@jest/globals';
import {
  App,
  Handler,
  Inject,
  joinTables,
  leftJoinTables,
  outerJoinTables,
  type ReadonlyTable,
  type Table,
  table,
  topic,
} from '@weir/core';
import { TestApp } from '@weir/testing';
import fc from 'fast-check';
import { testLimitMs } from './property-runs.fixture.js';

const lefts = topic('lefts', { key: 'string', value: 'string' });
const rights = topic('rights', { key: 'string', value: 'string' });
const left = table('left', { key: 'string', value: 'string' });
const right = table('right', { source: rights });
const innerJoin = joinTables('both', left, right, (one, other) => `${one}${other}`);
const leftJoin = leftJoinTables('some', left, right, (one, other) => `${one}${other ?? '-'}`);
const outerJoin = outerJoinTables('any', left, right, (one, other) => `${one ?? '-'}${other ?? '-'}`);

@App({ id: 'joining' })
class Joining {
  constructor(
    @Inject(left) readonly left: Table<string, string | undefined>,
    @Inject(innerJoin) readonly both: ReadonlyTable<string, string | undefined>,
    @Inject(leftJoin) readonly some: ReadonlyTable<string, string | undefined>,
    @Inject(outerJoin) readonly any: ReadonlyTable<string, string | undefined>,
  ) {}

  @Handler(lefts)
  set(value: string | null, { key }: { readonly key: string | null }): void {
    this.left.set(String(key), value ?? undefined);
  }
}

const runs = Number(process.env.PROPERTY_RUNS ?? 40);
const keys = ['', 'a', 'aa', 'b', 'ž', '💧'];
const step = fc.oneof(
  { weight: 8, arbitrary: fc.tuple(fc.constantFrom('left', 'right'), fc.constantFrom(...keys), fc.option(fc.constantFrom('x', 'y', 'z'))) },
  { weight: 1, arbitrary: fc.constant('restart' as const) },
  { weight: 1, arbitrary: fc.constant('crash' as const) },
);

it(
  'a join of tables is what a nested loop over both makes of them, in the order of the keys, over crashes and restarts',
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom('memory://', 'level://'), fc.array(step, { maxLength: 25 }), async (store, steps) => {
        const app = await TestApp.start(Joining, { overrides: { store } });
        try {
          const maps = { left: new Map<string, string>(), right: new Map<string, string>() };
          for (const each of steps) {
            if (each === 'crash') await app.crash();
            if (each === 'crash' || each === 'restart') await app.restart();
            else {
              const [side, key, value] = each as [keyof typeof maps, string, string | null];
              await app.send(side === 'left' ? lefts : rights, { key, value: value as never });
              if (value === null) maps[side].delete(key);
              else maps[side].set(key, value);
            }
          }
          await app.settled();
          const sorted = [...keys].sort((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other)));
          const expected = { both: [] as string[][], some: [] as string[][], any: [] as string[][] };
          for (const key of sorted) {
            const [one, other] = [maps.left.get(key), maps.right.get(key)];
            if (one !== undefined && other !== undefined) expected.both.push([key, `${one}${other}`]);
            if (one !== undefined) expected.some.push([key, `${one}${other ?? '-'}`]);
            if (one !== undefined || other !== undefined) expected.any.push([key, `${one ?? '-'}${other ?? '-'}`]);
          }
          const joining = app.get(Joining);
          for (const [name, definition] of [
            ['both', innerJoin],
            ['some', leftJoin],
            ['any', outerJoin],
          ] as const) {
            const found: unknown[] = [];
            for await (const entry of joining[name].entries()) found.push(entry);
            expect(found).toEqual(expected[name]);
            expect(app.table(definition).entries().sort()).toEqual([...expected[name]].sort());
            for (const key of keys) expect(joining[name].get(key)).toBe(new Map(expected[name] as [string, string][]).get(key));
          }
        } finally {
          await app.stop();
        }
      }),
      { numRuns: runs },
    );
  },
  testLimitMs,
);
