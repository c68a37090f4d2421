import { describe, expect, it } from '@jest/globals';
import { json } from '../codecs/index.js';
import {
  type Definition,
  definitionFaults,
  type GroupOptions,
  isGrouped,
  isMerged,
  isSource,
  merge,
  originsOf,
  repartitionTopic,
  type Schema,
  SourceTopics,
  table,
  topic,
  withParts,
} from './index.js';

interface View {
  readonly url: string;
}

const views = topic('views', { key: 'long', value: json<View>() });
const orders = topic('orders', { value: 'raw' });
const byUrl = views.groupBy(({ url }) => url, { name: 'by-url' });
const byLength = byUrl.groupBy(({ url }) => url.length, { name: 'by-length', key: 'integer' });
const counts = table('counts', { key: 'string', value: 'long', like: byUrl });

describe('a grouped source', () => {
  it('is a value that cannot be changed', () => {
    expect(byUrl).toMatchObject({ kind: 'grouped', name: 'by-url', origin: views, options: { name: 'by-url' } });
    expect([Object.isFrozen(byUrl), Object.isFrozen(byUrl.options)]).toEqual([true, true]);
  });

  it('is told from everything else', () => {
    expect([isGrouped(byUrl), isSource(byUrl), isSource(merge(views, byUrl)), isMerged(merge(views, byUrl))]).toEqual([
      true,
      true,
      true,
      true,
    ]);
    for (const other of [counts, 'views', undefined, {}, { kind: 'grouped by' }]) expect(isSource(other)).toBe(false);
    expect([isGrouped(views), isMerged(byUrl)]).toEqual([false, false]);
  });

  it('is read through a topic that bears the names of the group and the source, with its keys and the values of its origin', () => {
    const topics = new SourceTopics('shop');
    expect(topics.of(byUrl)).toMatchObject([{ name: 'shop-by-url-repartition', options: { value: views.options.value } }]);
    expect(topics.of(byLength)).toMatchObject([
      { name: 'shop-by-length-repartition', options: { key: 'integer', value: views.options.value } },
    ]);
    expect(topics.of(orders)).toEqual([orders]);
    expect(topics.of(merge(orders, byUrl))).toEqual([orders, ...topics.of(byUrl)]);
    expect(topics.of(byUrl)[0]).toBe(topics.of(byUrl)[0]);
    expect(repartitionTopic('shop-v2', byUrl)).toBe('shop-v2-by-url-repartition');
  });

  it('stands on what it is made from', () => {
    expect(originsOf(byLength)).toEqual([views]);
    expect(originsOf(merge(byUrl, orders))).toEqual([views, orders]);
    expect(withParts([counts, byLength])).toEqual([views, byUrl, counts, byLength]);
  });
});

const problems = (definition: Definition, group = 'shop') =>
  definitionFaults(definition, group).map(({ where, problem }) => `${where}: ${problem}`);

describe('the faults of a grouped source', () => {
  const grouped = (by: unknown, options: object) => problems(views.groupBy(by as () => string, options as GroupOptions<'string'>));
  const url = ({ url }: View) => url;

  it('are none where there are none', () => {
    for (const key of ['string', 'long', class Key {}] as Schema[]) expect(grouped(url, { name: 'by.url_1-a', key })).toEqual([]);
  });

  it.each([
    [{}, "groupBy 'undefined': its name is nothing"],
    [{ name: 'by url' }, "groupBy 'by url': 'by url' is not a legal group name"],
    [{ name: 'a'.repeat(240) }, /: its topic shop-a+-repartition would have a name of 257 characters$/],
    [{ name: 'a', partitions: 3 }, /an option 'partitions' that nobody reads/],
    [{ name: 'a', key: undefined }, "groupBy 'a': its key schema is undefined"],
    [{ name: 'a', key: 'lnog' }, /codec: expected one of .*, got 'lnog'/],
    [{ name: 'a', key: 'json' }, /its key schema is 'json', which writes equal objects as different bytes/],
  ])('name %p', (options, problem) => {
    expect(grouped(url, options)).toEqual([expect.stringMatching(problem)]);
  });

  it.each([
    ['undefined', undefined, 'its selector is nothing'],
    ['a generator', function* () {}, 'its selector is a generator'],
    ['asynchronous', async () => 'a', 'its selector is asynchronous, and nobody waits for it'],
  ])('name a selector that is %s', (_, by, problem) => {
    expect(grouped(by, { name: 'a' })).toEqual([`groupBy 'a': ${problem}`]);
  });
});

describe('the faults of a merge', () => {
  it('are none where there are none', () => {
    expect(problems(merge(views, byUrl, byLength, topic(/^orders-/)))).toEqual([]);
  });

  it('name what is read twice, also by a pattern, under another schema, or in a merge that was merged', () => {
    const of = (...names: string[]) => names.map((name) => expect.stringContaining(`: it reads ${name} twice`));
    expect(problems(merge(views, topic('views')))).toEqual(of('views'));
    expect(problems(merge(merge(byUrl, orders), byUrl))).toEqual(of('shop-by-url-repartition'));
    expect(problems(merge(orders, topic(/^ord/)))).toEqual(of('orders'));
    expect(problems(merge(topic(['a', 'b']), topic(['b', 'a'])))).toEqual(of('b', 'a'));
    expect(problems(merge(topic(/^a/), topic(/^b/)))).toEqual(of('what matches /^a/ and /^b/, for all that is known,'));
  });

  it('name what no agent can read, and a merge of nothing', () => {
    expect(problems(merge(views, counts as never, undefined as never))).toEqual([
      'merge of views + counts + undefined: it merges the table counts, which no agent can read',
      'merge of views + counts + undefined: it merges nothing, which no agent can read',
    ]);
    expect(problems((merge as (...none: never[]) => Definition)())).toEqual(['merge of : it is a merge of 0']);
  });
});
