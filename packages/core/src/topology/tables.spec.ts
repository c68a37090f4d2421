import { describe, expect, it } from '@jest/globals';
import { table, topic } from '../definitions/index.js';
import { type TableUse, tableSets } from './index.js';

const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((name) => topic(name));

const use = (name: string, ...topics: TableUse['topics']): TableUse => ({
  definition: table(name, { key: 'string', value: 'long' }),
  topics,
  via: topics.map((each) => `${each.name} → ${name}`),
});

const sets = (...uses: readonly TableUse[]) =>
  tableSets(uses).map(({ name, topics, tables }) => [name, topics.map((each) => each.name).join(), tables.map((each) => each.name).join()]);

describe('the sets of tables and topics', () => {
  it('are one for each table where no topic feeds two', () => {
    expect(sets(use('second', b), use('first', a))).toEqual([
      ['a', 'a', 'first'],
      ['b', 'b', 'second'],
    ]);
  });

  it('join the tables that one topic feeds, and the topics that feed one table', () => {
    expect(sets(use('y', a), use('x', a))).toEqual([['a', 'a', 'x,y']]);
    expect(sets(use('x', c, b))).toEqual([['b', 'b,c', 'x']]);
  });

  it('join over any number of steps, in whichever order they come', () => {
    const chain = [use('x', a, b), use('y', c, d), use('z', d, a)];
    const [first, second, third] = chain;
    for (const order of [chain, [third, first, second], [second, third, first]])
      expect(sets(...order)).toEqual([['a', 'a,b,c,d', 'x,y,z']]);
  });

  it('take two definitions of one topic for one topic', () => {
    expect(sets(use('x', a), use('y', topic('a')))).toEqual([['a', 'a', 'x,y']]);
  });

  it('leave a table that no topic feeds by itself, under a name that no topic can have', () => {
    expect(sets(use('x'), use('y'))).toEqual([
      ['table:x', '', 'x'],
      ['table:y', '', 'y'],
    ]);
  });

  it('are called after what is smallest by code units, whatever the language of the machine', () => {
    expect(sets(use('x', topic('b'), topic('Z')))).toEqual([['Z', 'Z,b', 'x']]);
  });
});
