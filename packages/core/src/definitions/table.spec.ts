import { describe, expect, it } from '@jest/globals';
import { json } from '../codecs/index.js';
import { changelogTopic, definitionFaults, isDefinition, isTable, type TableOptions, table, tableFaults, topic } from './index.js';

type Options = TableOptions<'string', 'long', number>;

const views = topic('page-views');

describe('a table definition', () => {
  it('is a value that cannot be changed', () => {
    const options = { key: 'string', value: 'long', default: 0, partitions: 3 } as const;
    const counts = table('counts', options);
    expect(counts).toMatchObject({ kind: 'table', name: 'counts', options });
    expect(Object.isFrozen(counts)).toBe(true);
    expect(Object.isFrozen(counts.options)).toBe(true);
    expect(counts.options).not.toBe(options);
  });

  it('is another one each time, also for one name', () => {
    const counts = () => table('counts', { key: 'string', value: 'long' });
    expect(counts().identifier).not.toBe(counts().identifier);
  });

  it('is told from everything else', () => {
    const counts = table('counts', { key: 'string', value: 'long' });
    expect([isTable(counts), isDefinition(counts), isDefinition(views)]).toEqual([true, true, true]);
    for (const other of ['counts', undefined, null, {}, { kind: 'agent' }, { kind: 'toString' }, Map])
      expect([isTable(other), isDefinition(other)]).toEqual([false, false]);
    expect(isTable(views)).toBe(false);
  });

  it('checks nothing when it is made, and makes no default', () => {
    const fail = (): number => {
      throw new Error('made');
    };
    expect(() => table('no table!', { key: 'json', value: 'long', default: fail, partitions: -1 })).not.toThrow();
  });

  it('is kept in a topic that bears the names of the app and the table', () => {
    expect(changelogTopic('shop', table('counts', { key: 'string', value: 'long' }))).toBe('shop-counts-changelog');
  });
});

describe('the faults of a table definition', () => {
  const problems = (name: string, options: object = {}, app = 'shop') =>
    tableFaults(table(name, { key: 'string', value: 'long', ...options } as Options), app).map(({ problem }) => problem);

  it('are none where there are none', () => {
    class Key {}
    expect(problems('counts.v1_a-b', { default: 0, partitions: 1, placement: 'event' })).toEqual([]);
    expect(problems('counts', { key: 'integer', value: Key, default: () => new Key(), like: views })).toEqual([]);
    expect(problems('counts', { key: Key, value: json<string[]>(), default: [] })).toEqual([]);
  });

  it.each([
    ['', "'' is not a legal table name"],
    ['my counts', "'my counts' is not a legal table name"],
    ['počty', "'počty' is not a legal table name"],
    [undefined as never, 'its name is nothing'],
    [5 as never, 'its name is 5'],
  ])('name the name %p', (name, problem) => {
    expect(problems(name)).toEqual([problem]);
  });

  it('name a name that is too long for a changelog of this app', () => {
    const longest = 'c'.repeat(249 - 'shop--changelog'.length);
    expect(problems(longest)).toEqual([]);
    expect(problems(longest, {}, 'shops')).toEqual([`its changelog shops-${longest}-changelog would have a name of 250 characters`]);
  });

  it.each<[object, string | RegExp]>([
    [{ key: undefined }, 'its key schema is undefined'],
    [{ value: undefined }, 'its value schema is undefined'],
    [{ value: 5 }, 'its value schema is 5'],
    [{ value: 'logn' }, /^codec: expected one of raw, string, json.*, got 'logn'$/],
    [{ value: { encode: async () => '', decode: () => 0 } }, "its value codec's encode is asynchronous"],
    [{ key: 'json' }, /^its key schema is 'json', which writes equal objects as different bytes$/],
    [{ key: 'json|gzip' }, /^its key schema is 'json'/],
    [{ key: json() }, /^its key schema is 'json'/],
    [{ default: undefined }, 'its default is undefined'],
    [{ default: null }, 'its default is null, which says of a key that it is not there'],
    [{ default: () => undefined }, 'its default is undefined, which says of a key that it is not there'],
    [{ default: '0' }, /^its default cannot be made or encoded: long: cannot encode .*0/],
    [{ default: () => 0.5 }, /^its default cannot be made or encoded: long: cannot encode 0.5/],
    [
      {
        default: () => {
          throw new Error('no idea');
        },
      },
      'its default cannot be made or encoded: no idea',
    ],
    [{ value: 'json', default: async () => 1 }, /^its default cannot be made or encoded: json: .* promise/],
    [{ placement: 'evnt' }, /^placement is .*evnt/],
    [{ ttl: 0 }, /^ttl is 0/],
    [{ ttl: 'soon' }, /ttl/],
    [{ partitions: 0 }, 'partitions is 0'],
    [{ partitions: 1.5 }, 'partitions is 1.5'],
    [{ like: 'page-views' }, /^like is .*page-views/],
    [{ like: undefined }, 'like is nothing'],
    [{ like: topic(/^views-/) }, 'it is like /^views-/, which is not one topic'],
    [{ like: views, partitions: 2 }, 'it has both like and partitions'],
    [{ standby: 2 }, 'standby is 2'],
    [{ windowed: true }, "it has an option 'windowed' that nobody reads"],
  ])('name the option %p', (options, problem) => {
    expect(problems('counts', options)).toEqual([typeof problem === 'string' ? problem : expect.stringMatching(problem)]);
  });

  it('leave the default alone where the class of its values is itself at fault, which says so', () => {
    class Order {
      constructor(private readonly of: { readonly id: number }) {
        void this.of.id;
      }
    }
    expect(problems('latest', { value: Order, default: 5 })).toEqual([]);
  });

  it('come all at once, each with the table and a remedy', () => {
    const counts = table('my counts', { key: 'json', value: 'long', partitions: 0, placement: 'none' as 'key' });
    const faults = definitionFaults(counts, 'shop');
    expect(faults).toHaveLength(4);
    for (const { where, remedy } of faults) {
      expect(where).toBe("table 'my counts'");
      expect(remedy).not.toBe('');
    }
  });
});
