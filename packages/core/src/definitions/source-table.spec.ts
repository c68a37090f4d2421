import { describe, expect, it } from '@jest/globals';
import { json } from '../codecs/index.js';
import { definitionFaults, globalTable, isGlobalTable, isSharded, isSourceTable, isTable, logTopic, table, topic } from './index.js';

const customers = topic('customers', { key: 'string', value: 'string' });

describe('the definition of a table that is the view of a topic', () => {
  it('is told from one that is written, and is read from its topic', () => {
    const view = table('view', { source: customers });
    expect([isSourceTable(view), isTable(view), isSharded(view)]).toEqual([true, false, true]);
    expect([isSourceTable(undefined), isSourceTable(customers)]).toEqual([false, false]);
    expect(logTopic('shop', view)).toBe('customers');
    expect(Object.isFrozen(view.options)).toBe(true);
  });

  const problems = (name: string, options: object) =>
    definitionFaults(table(name, options as { source: typeof customers }), 'shop').map(({ problem }) => problem);

  it('has no faults where there are none', () => {
    expect(problems('view', { source: customers })).toEqual([]);
    expect(problems('view', { source: topic('plain'), default: () => ({}) })).toEqual([]);
  });

  it('has all its faults told', () => {
    expect(problems('no view', { source: customers, standby: 'all', default: null })).toEqual([
      "'no view' is not a legal table name",
      expect.stringContaining("'standby'"),
      'its default is null, which says of a key that it is not there',
    ]);
    expect(problems('view', { source: undefined })).toEqual(['its source is nothing']);
    expect(problems('view', { source: topic(/^c/) })).toEqual(['its source /^c/ is not one topic']);
    expect(problems('view', { source: topic('objects', { key: json<object>() }) })).toEqual([
      "its key schema is 'json', which writes equal objects as different bytes",
    ]);
  });
});

describe('the definition of a global table', () => {
  const counts = table('counts', { key: 'string', value: 'long', default: 0 });
  const problems = (name: string, options: object) =>
    definitionFaults(globalTable(name, options as { source: typeof customers }), 'shop').map(({ problem }) => problem);

  it('is read from its topic, or from the changelog of its table', () => {
    expect(logTopic('shop', globalTable('all', { source: customers }))).toBe('customers');
    expect(logTopic('shop', globalTable('all', { source: counts }))).toBe('shop-counts-changelog');
    expect([isGlobalTable(globalTable('all', { source: counts })), isGlobalTable(counts)]).toEqual([true, false]);
  });

  it('has all its faults told', () => {
    expect(problems('all', { source: counts, default: 0 })).toEqual([]);
    expect(problems('all of it', { source: table('view', { source: customers }), like: customers })).toEqual([
      "'all of it' is not a legal table name",
      expect.stringContaining("'like'"),
      expect.stringMatching(/^its source is /),
    ]);
  });
});
