import { table, topic } from '@weir/core';
import { Attempt, runAs } from '@weir/core/internal/attempts';
import { UncommittedChanges } from '@weir/core/internal/checkpoints';
import type { TableDefinition } from '@weir/core/internal/definitions';
import { Observers } from '@weir/core/internal/observers';
import type { Recovery } from '@weir/core/internal/recovery';
import { Tables } from '@weir/core/internal/tables';
import { SystemClock } from '@weir/core/internal/time';
import { Topics } from '@weir/core/internal/topics';
import { pino } from 'pino';

const keys = Array.from({ length: 100_000 }, (_, each) => `/page/${(each * 7919) % 100_000}`);
const views = topic('views');
const counts = table('counts', { key: 'string', value: 'long', default: 0 }) as unknown as TableDefinition;

/** The bare work: a map, read, changed and written. */
export function mapAlone(): (times: number) => unknown {
  const map = new Map<string, number>();
  let next = 0;
  return (times) => {
    let last = 0;
    for (let index = 0; index < times; index++) {
      const key = keys[next++ % keys.length];
      last = (map.get(key) ?? 0) + 1;
      map.set(key, last);
    }
    return last;
  };
}

/** The same through a table: an attempt for each update, in its execution or in one for all, and a checkpoint for each hundred thousand. */
export async function tableAlone(ofEach: boolean): Promise<(times: number) => unknown> {
  const tables = new Tables({ changelogOf: () => 'counts-changelog', topics: new Topics(), clock: new SystemClock() });
  const bound = tables.of(counts);
  const state = tables.stateOf({ name: 'views', topics: [views as never], tables: [counts] });
  state.connect(1);
  const recovery = {
    ends: async () => [{ low: 0, stable: 0, high: 0 }],
    topicIds: async () => new Map(),
  } as Partial<Recovery> as Recovery;
  const uncommitted = new UncommittedChanges({ hurry: () => undefined, eased: () => undefined });
  const logger = pino({ level: 'silent' });
  const around = { recovery, clock: new SystemClock(), logger, observers: new Observers([], logger), uncommitted, stallMs: 60_000 };
  const group = state.open(0, { ...around, fail: () => undefined });
  await group.recover(new AbortController().signal);
  const lane = { topic: 'views', partition: 0, agent: { name: 'alone' }, isAbandoned: false };
  const attempt = new Attempt({}, lane, 0, 0, false);
  let next = 0;
  const updateOne = (): void => {
    bound.update(keys[next % keys.length], (old) => (old as number) + 1);
    attempt.writes?.apply();
    attempt.end('succeeded');
    attempt.again(++next);
    if (next % keys.length === 0) group.prepare();
  };
  return (times) => {
    const all = () => {
      for (let index = 0; index < times; index++) updateOne();
    };
    if (ofEach) for (let index = 0; index < times; index++) runAs(attempt, updateOne, undefined, undefined);
    else runAs(attempt, all, undefined, undefined);
    return bound.size;
  };
}
