import { describe, expect, it } from '@jest/globals';
import { agent } from '../agents/index.js';
import { App, Handler, Inject } from '../decorators/index.js';
import { dedupe, globalTable, join, joinTables, merge, setTable, table, topic } from '../definitions/index.js';
import { DefinitionError } from '../errors/index.js';
import type { Class } from '../metadata/index.js';
import type { Table } from '../tables/index.js';
import { discover, ownTopicFaults } from './index.js';

const views = topic('views', { value: 'string' });
const orders = topic('orders', { value: 'string' });
const byText = views.groupBy((text) => text, { name: 'by-text' });
const byLength = byText.groupBy((text) => text.length, { name: 'by-length', key: 'long' });
const counts = table('counts', { key: 'string', value: 'long', default: 0 });

function problems(appClass: Class): string[] {
  try {
    discover(appClass);
  } catch (error) {
    if (error instanceof DefinitionError)
      return error.faults.map(
        ({ where, member, problem, remedy }) => `${where}${member === undefined ? '' : `.${member}`}: ${problem}. ${remedy}`,
      );
    throw error;
  }
  return [];
}

describe('the faults of what agents read', () => {
  it('name what is no source', () => {
    @App({ id: 'shop' })
    class Shop {
      @Inject(counts) readonly counts!: Table<string, number>;
      @Handler(counts as never)
      table(): void {}
      @Handler('views' as never)
      name(): void {}
      @Handler(undefined as never)
      nothing(): void {}
    }
    const remedy = 'Give it what topic(), groupBy() or merge() returns; look for a circular import';
    expect(problems(Shop).slice(0, 3)).toEqual([
      "Shop.table: its source is the table 'counts'. Read its changes (table.changes), or the topic that feeds it",
      `Shop.name: its source is views. ${remedy}`,
      `Shop.nothing: its source is undefined. ${remedy}`,
    ]);
  });

  it('name tables that have no changes, and what a global table is no copy of', () => {
    const view = table('view', { source: topic('texts', { key: 'string', value: 'string' }) });
    const everywhere = globalTable('everywhere', { source: view as never });
    const both = joinTables('both', counts, view, (n, text) => `${n} ${text}`);
    const read = [setTable('tags', { key: 'string', value: 'string' }), view, everywhere, both];
    @App({ id: 'shop' })
    class Shop {
      @Inject(everywhere) readonly everywhere!: unknown;
      @Handler(read[0] as never)
      sets(): void {}
      @Handler(read[1] as never)
      view(): void {}
      @Handler(read[2] as never)
      copy(): void {}
      @Handler(read[3] as never)
      join(): void {}
    }
    const found = problems(Shop);
    for (const { name } of read)
      expect(found).toContainEqual(
        expect.stringContaining(`its source is the table '${name}'. It has no changes: read the topic that feeds it`),
      );
    expect(found).toContainEqual(
      expect.stringMatching(/global table 'everywhere': .*Give it what topic\(\) or table\(\) without a source returns/),
    );
  });

  it('name those of definitions that sources are made from', () => {
    @App({ id: 'shop' })
    class Shop {
      @Handler(
        merge(
          orders,
          topic('no topic').groupBy(() => 'a', { name: 'no name', key: 'json' as 'string' }),
        ),
      )
      read(): void {}
    }
    expect(problems(Shop).map((each) => each.split(':')[0])).toEqual(["topic 'no topic'", "groupBy 'no name'", "groupBy 'no name'"]);
  });

  it('name groups that would write one topic, and an agent with the name of one', () => {
    @App({ id: 'shop' })
    class Shop {
      @Handler(byText)
      one(): void {}
      @Handler(
        orders.groupBy(() => 'a', { name: 'by-text' }),
        { name: 'by-text (groupBy)' },
      )
      other(): void {}
    }
    expect(problems(Shop)).toEqual([
      "Shop.other: its name 'by-text (groupBy)' is also that of groupBy 'by-text'. Give one of them another name",
      "groupBy 'by-text': it is defined more than once, and all would write one topic. Define it once and import it, or give one of them another name",
    ]);
  });

  it('name whoever writes to what can only be read', () => {
    @App({ id: 'shop', providers: [{ provide: 'made', useFactory: () => 5, inject: [merge(views, orders) as never] }] })
    class Shop {
      @Inject(byLength as never) readonly out!: unknown;
      @Handler(byLength)
      read(): void {}
      @Handler(merge(views, orders))
      merged(): void {}
      @Handler(orders, { sinks: [byText as never, agent(Shop, 'read') as never, agent(Shop, 'merged') as never] })
      write(): string {
        return 'a';
      }
    }
    expect(problems(Shop)).toEqual([
      'Shop.@App.providers[0].inject[0]: it injects views + orders, which can only be read. Give it to an agent; to write, inject one of them',
      'Shop.write: its sink by-text can only be read. Write to views',
      'Shop.write: its sink Shop.read reads by-length, which can only be read. Write to views',
      'Shop.write: its sink Shop.merged reads views + orders, which can only be read. Write to views or orders',
      'Shop.out: it injects by-length, which can only be read. Give it to an agent; to write, inject by-text',
    ]);
  });

  const own = topic('shop-by-text-repartition', { value: 'string' });

  it("name whoever reads or writes the topics of the app's own groups", () => {
    @App({ id: 'shop' })
    class Shop {
      @Inject(own) readonly out!: unknown;
      @Handler(byText, { sinks: [own] })
      write(): string {
        return 'a';
      }
      @Handler(own.groupBy((text) => text, { name: 'again' }))
      read(): void {}
    }
    const topicOf = "'shop-by-text-repartition', the topic of the group 'by-text'";
    const remedy = 'Read what groupBy() returned, and write to what it was called on. Or give the topic another name';
    expect(problems(Shop)).toEqual([
      `Shop.write: it writes ${topicOf}. ${remedy}`,
      `Shop.read: it reads ${topicOf}. ${remedy}`,
      `Shop: it is given ${topicOf}. ${remedy}`,
    ]);
  });

  it('are looked for again under the id and the version with which the app runs', () => {
    @App({ id: 'market' })
    class Market {
      @Handler(merge(byText, own))
      read(): void {}
    }
    const under = (id: string, version?: number) => ownTopicFaults({ id, version }, discover(Market)).map(({ where }) => where);
    expect([under('market'), under('shop'), under('shop', 2)]).toEqual([[], ['Market'], []]);
    expect(under('s'.repeat(235))).toEqual(["groupBy 'by-text'"]);
  });

  it('name a table that is like a source which no agent reads', () => {
    @App({ id: 'shop' })
    class Shop {
      @Inject(table('alike', { key: 'string', value: 'long', like: byText })) readonly table!: unknown;
      @Handler(orders)
      read(): void {}
    }
    expect(problems(Shop)).toEqual([
      "table 'alike': it is like by-text, which no agent of the app reads. Read it by an agent, or say partitions: n",
    ]);
  });

  it('name who groups its own dead letters, where what fails comes back there', () => {
    const letters = topic('shop-dead-letters', { value: 'raw' });
    @App({ id: 'shop' })
    class Shop {
      @Handler(
        letters.groupBy(() => 'a', { name: 'letters' }),
        { errors: { then: 'skip' } },
      )
      read(): void {}
    }
    expect(problems(Shop)).toEqual([
      expect.stringContaining("Shop.read: it reads 'shop-dead-letters', to which a message that fails here would"),
    ]);
  });
});

describe('the topology of grouped and merged sources', () => {
  @App({ id: 'shop' })
  class Shop {
    @Handler(merge(byLength, byText, orders))
    read(): void {}
    @Handler(byText)
    again(): void {}
  }
  const topology = (version?: number) => discover(Shop).topology(new Map([[Shop, new Shop()]]), { id: 'shop', version });

  it('has an agent once for each topic that it reads, and one that moves events for each group', () => {
    expect(
      topology().agents.map(({ name, topic, sinks }) => [
        name,
        topic.name,
        sinks?.map((sink) => (sink as { topic: { name: string } }).topic.name),
      ]),
    ).toEqual([
      ['Shop.read', 'shop-by-length-repartition', undefined],
      ['Shop.read', 'shop-by-text-repartition', undefined],
      ['Shop.read', 'orders', undefined],
      ['Shop.again', 'shop-by-text-repartition', undefined],
      ['by-text (groupBy)', 'views', ['shop-by-text-repartition']],
      ['by-length (groupBy)', 'shop-by-text-repartition', ['shop-by-length-repartition']],
    ]);
  });

  it('has the names of the version with which the app runs', () => {
    expect(topology(3).agents[0].topic.name).toBe('shop-v3-by-length-repartition');
  });

  it('moves nothing for agents in whose place a test gives a fake', () => {
    expect(
      discover(Shop)
        .topology(new Map([[Shop, { again: () => undefined }]]))
        .agents.map(({ name }) => name),
    ).toEqual(['Shop.again', 'by-text (groupBy)']);
  });
});

describe('the faults of joins of two sources', () => {
  const loose = join as unknown as (left: unknown, right: unknown, options?: object, combine?: unknown) => ReturnType<typeof join>;

  it('name sides that are none, and each option', () => {
    const wrong = loose(topic(['a', 'b']), undefined, { within: 'soon', key: 'long' }, 'both');
    const endless = loose(views, orders, { name: 'endless' });
    @App({ id: 'shop' })
    class Shop {
      @Handler(wrong as never)
      wrong(): void {}
      @Handler(endless as never)
      endless(): void {}
    }
    expect(problems(Shop).map((each) => each.replace(/^join \S+: /, ''))).toEqual(
      expect.arrayContaining([
        'its left side a,b is not one topic. Define the topic to write to by its one name',
        'its right side is nothing. Look for a circular import, or a misspelt name',
        "it has an option 'key' that nobody reads. Options are within, grace, name",
        "its combine is 'both'. Give it a function of the two values, or leave it out",
        "within: expected milliseconds or a text like '250ms', '5s', '2m', '1h', '7d', got 'soon'. Correct the duration",
        "it does not say within what time. Give it within: '5m', or { before, after }",
      ]),
    );
  });

  // All events were of the left side, and nothing was joined.
  it('name two sides that are the same', () => {
    @App({ id: 'shop' })
    class Shop {
      @Handler(join(orders, orders, { within: '5m' }))
      both(): void {}
      @Handler(join(byText, byText, { within: '5m', name: 'texts' }))
      texts(): void {}
      @Handler(join(views, byText, { within: '5m' }))
      regrouped(): void {}
    }
    const remedy = 'Send the events of one side to a topic of their own, or keep what came before in a table()';
    expect(problems(Shop).sort()).toEqual([
      `join orders-orders-join: both of its sides are orders, and an event is of one side. ${remedy}`,
      `join texts: both of its sides are by-text, and an event is of one side. ${remedy}`,
    ]);
  });
});

describe('the faults of sources without duplicates', () => {
  it('name what they are made from, and each option', () => {
    const loose = dedupe as unknown as (source: unknown, options: object) => ReturnType<typeof dedupe>;
    const wrong = loose(topic(['a', 'b']), { by: async () => 'a', within: 'soon', name: 'wrong', key: 'long' });
    const empty = loose(undefined, { name: 'a b' });
    const short = loose(views, { by: 'id', within: 0, name: 'short' });
    @App({ id: 'shop' })
    class Shop {
      @Inject(short as never) readonly short!: unknown;
      @Handler(wrong as never)
      wrong(): void {}
      @Handler(empty as never)
      empty(): void {}
    }
    expect(problems(Shop).sort()).toEqual([
      'Shop.short: it injects short, which can only be read. Give it to an agent; to write, inject views',
      "dedupe 'a b': it does not say within what time. Give it within: '1d'",
      "dedupe 'a b': its by is nothing. Give it a function from a value to the text that duplicates have in common",
      "dedupe 'a b': its source is nothing. Look for a circular import, or a misspelt name",
      "dedupe 'short': its by is 'id'. Give it a function from a value to the text that duplicates have in common",
      "dedupe 'short': its within is no time at all. Give it a duration of a millisecond or more",
      "dedupe 'wrong': it has an option 'key' that nobody reads. Options are by, within, name",
      "dedupe 'wrong': its by is asynchronous, and nobody waits for it. Return the text that duplicates have in common at once; what has to be looked up first is for a @Handler that writes a topic",
      "dedupe 'wrong': its source a,b is not one topic. Define the topic to write to by its one name",
      "dedupe 'wrong': within: expected milliseconds or a text like '250ms', '5s', '2m', '1h', '7d', got 'soon'. Correct the duration",
      "table 'a b': 'a b' is not a legal table name. Use the characters a-z A-Z 0-9 . _ -",
    ]);
  });

  it('name a second agent, a merge of one, and a table of the same name', () => {
    const once = dedupe(views, { by: (text) => text, within: '1d', name: 'counts' });
    const other = dedupe(orders, { by: (text) => text, within: '1d', name: 'other' });
    @App({ id: 'shop' })
    class Shop {
      @Inject(counts) readonly counts!: Table<string, number>;
      @Handler(once)
      first(): void {}
      @Handler(once)
      second(): void {}
      @Handler(merge(other as never, topic('returns')))
      merged(): void {}
    }
    expect(problems(Shop).sort()).toEqual([
      'Shop.second: it reads counts, as Shop.first does: what is remembered is for one agent. Do both in one, or have it write a topic that both read',
      'merge of other + returns: it merges the dedupe other, whose agent reads nothing else. Read it by an agent of its own',
      "table 'counts': it is defined more than once, and tables are told apart by their names. Define it once and import it, or give one of them another name",
    ]);
  });
});
