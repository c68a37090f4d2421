import { describe, expect, it } from '@jest/globals';
import { json } from '../codecs/index.js';
import { definitionFaults, isSetTable, isSharded, isTable, isWritten, logTopic, setTable, topic } from './index.js';

describe('the definition of a table of sets', () => {
  const tags = setTable('tags', { key: 'string', value: 'string' });
  const problems = (name: string, options: object) =>
    definitionFaults(setTable(name, { key: 'string', value: 'string', ...options }), 'shop').map(({ problem }) => problem);

  it('is told from a table, and is kept in a changelog', () => {
    expect([isSetTable(tags), isTable(tags), isWritten(tags), isSharded(tags)]).toEqual([true, false, true, true]);
    expect([isSetTable(undefined), isSetTable(topic('t'))]).toEqual([false, false]);
    expect(logTopic('shop', tags)).toBe('shop-tags-changelog');
  });

  it('has all its faults told', () => {
    expect(problems('tags', { like: topic('t') })).toEqual([]);
    expect(problems('my tags', { default: 1, value: json<object>(), partitions: 0 })).toEqual([
      "'my tags' is not a legal table name",
      expect.stringContaining("'default'"),
      "its value schema is 'json', which writes equal elements as different bytes",
      'partitions is 0',
    ]);
    expect(problems('tags', { key: 'json' })).toEqual([expect.stringMatching(/^its key schema is 'json'/)]);
  });
});
