import { describe, expect, it } from '@jest/globals';
import { agent } from '../agents/index.js';
import { App, Handler, Inject, Timer } from '../decorators/index.js';
import { table, topic } from '../definitions/index.js';
import { DefinitionError, type Fault } from '../errors/index.js';
import type { Class } from '../metadata/index.js';
import type { ReadonlyTable, Table } from '../tables/index.js';
import type { Topic } from '../topics/index.js';
import { discover, ownTopicFaults } from './index.js';

const orders = topic('orders', { value: 'string' });
const counts = table('counts', { key: 'string', value: 'long', default: 0 });
const latest = table('latest', { key: 'string', value: 'string' });

class CountService {
  constructor(@Inject(counts) readonly numbers: Table<string, number>) {}
}

function faultsOf(appClass: Class): readonly Fault[] {
  try {
    discover(appClass);
  } catch (error) {
    if (error instanceof DefinitionError) return error.faults;
    throw error;
  }
  return [];
}

const problems = (appClass: Class) =>
  faultsOf(appClass).map(({ where, member, problem }) => `${where}${member === undefined ? '' : `.${member}`}: ${problem}`);

describe('the faults of tables', () => {
  it('are those of their definitions, of the records that they hold, and of the topics that they are like', () => {
    class Entry {
      constructor(readonly given: { readonly id: number }) {
        void given.id;
      }
    }
    const wrong = table('wrong', { key: 'string', value: Entry, like: topic('no topic') });
    @App({ id: 'shop' })
    class Shop {
      @Inject(wrong) readonly table!: unknown;
    }
    expect(problems(Shop)).toEqual([
      "topic 'no topic': 'no topic' is not a legal topic name",
      expect.stringMatching(/^Entry.constructor: it cannot be made without arguments/),
    ]);
  });

  it('name topics that feed one table under keys of different encodings, unless keys have no places there', () => {
    const numbered = topic('numbered', { key: 'long', value: 'string' });
    const anywhere = table('anywhere', { key: 'string', value: 'long', placement: 'event' });
    @App({ id: 'shop' })
    class Shop {
      constructor(
        @Inject(counts) readonly numbers: Table<string, number>,
        @Inject(anywhere) readonly others: Table<string, number | undefined>,
      ) {}
      @Handler(orders)
      order(): void {}
      @Handler(numbered)
      number(): void {}
    }
    expect(problems(Shop)).toEqual([
      "table 'counts': the topics that feed it encode their keys differently: orders (key: string, by Shop → counts) and numbered (key: long, by Shop → counts). The same key would lie in two partitions",
    ]);
  });

  it('name a table that the class of no agent reaches, and where it is injected', () => {
    class Reports {
      @Inject(counts) readonly numbers!: Table<string, number>;
      @Timer('1m')
      report(): void {}
    }
    @App({ id: 'shop', providers: [Reports, { provide: 'made', useFactory: () => ({}), inject: [latest] }] })
    class Shop {
      @Handler(orders)
      order(): void {}
    }
    expect(problems(Shop)).toEqual([
      "table 'counts': no class with an agent reaches it by injection: it is injected into Reports",
      "table 'latest': no class with an agent reaches it by injection",
    ]);
    expect(faultsOf(Shop)[0].remedy).toMatch(/like: topic or partitions: n/);
  });

  it('name a table of an app whose agents read nothing', () => {
    @App({ id: 'shop' })
    class Shop {
      @Inject(counts) readonly numbers!: Table<string, number>;
    }
    expect(problems(Shop)).toEqual(["table 'counts': no agent of the app reads a topic that feeds it: it is injected into Shop"]);
  });

  it('name the view of a topic that the class of no agent reaches, and what to use in its place', () => {
    const view = table('view', { source: orders });
    @App({ id: 'shop' })
    class Shop {
      @Inject(view) readonly view!: ReadonlyTable<string, string | undefined>;
    }
    expect(problems(Shop)).toEqual(["table 'view': no agent of the app reads a topic that feeds it: it is injected into Shop"]);
    expect(faultsOf(Shop)[0].remedy).toMatch(/globalTable/);
  });

  it('name two definitions of one name, once', () => {
    const twins = [1, 2, 3].map(() => table('twin', { key: 'string', value: 'long' }));
    @App({ id: 'shop' })
    class Shop {
      @Inject(twins[0]) readonly first!: unknown;
      @Inject(twins[1]) readonly second!: unknown;
      @Inject(twins[2]) readonly third!: unknown;
      @Handler(orders)
      order(): void {}
    }
    expect(problems(Shop)).toEqual(["table 'twin': it is defined more than once, and tables are told apart by their names"]);
  });

  it('name agents that would feed a table from several topics', () => {
    @App({ id: 'shop', providers: [CountService] })
    class Shop {
      @Inject(CountService) readonly service!: CountService;
      @Handler(topic(/^views-/))
      pattern(): void {}
      @Handler(topic(['orders', 'returns']))
      several(): void {}
      @Handler(orders)
      one(): void {}
    }
    const of = "and feeds the table 'counts' (Shop → CountService → counts), which needs topics of one name each";
    expect(problems(Shop)).toEqual([`Shop.pattern: it reads /^views-/ ${of}`, `Shop.several: it reads orders,returns ${of}`]);
  });

  it("name whoever reads or writes the topics of the app's own tables", () => {
    const own = topic('shop-counts-changelog', { value: 'long' });
    class Writer {
      constructor(@Inject(own) readonly out: Topic<string, number>) {}
    }
    @App({ id: 'shop', providers: [Writer] })
    class Shop {
      @Inject(counts) readonly numbers!: Table<string, number>;
      @Handler(orders, { sinks: [own] })
      write(): number {
        return 1;
      }
      @Handler(own, { sinks: [agent(Shop, 'write')] })
      read(): void {}
      @Handler(topic('other-counts-changelog'))
      other(): void {}
    }
    const changelog = "'shop-counts-changelog', the changelog of the table 'counts'";
    expect(problems(Shop)).toEqual([
      `Shop.write: it writes ${changelog}`,
      `Shop.read: it reads ${changelog}`,
      `Writer: it is given ${changelog}`,
    ]);
  });

  it('are looked for again under the id with which the app runs', () => {
    @App({ id: 'shop' })
    class Shop {
      @Inject(counts) readonly numbers!: Table<string, number>;
      @Handler(topic('market-counts-changelog'))
      read(): void {}
    }
    const under = (id: string) => ownTopicFaults({ id }, discover(Shop)).map(({ where }) => where);
    expect(under('shop')).toEqual([]);
    expect(under('market')).toEqual(['Shop']);
    expect(under('s'.repeat(240))).toEqual(["table 'counts'"]);
  });

  it('name what is wrong with how often the changes of windows are given, and who would read them', () => {
    const windowed = (name: string, emit: unknown) => counts.tumbling('1m', { name, emit: emit as { every: '5s' } });
    const neverRead = windowed('unread', { every: '5s' });
    const twice = windowed('twice', { every: '5s' });
    const wrong = [{ every: 0 }, { every: 'often' }, {}, { every: '5s', first: true }, '5s'].map((emit, index) =>
      windowed(`wrong-${index}`, emit),
    );
    @App({ id: 'shop' })
    class Shop {
      constructor(
        @Inject(neverRead) readonly unread: unknown,
        @Inject(twice) readonly twice: unknown,
        @Inject(wrong[0]) readonly zero: unknown,
        @Inject(wrong[1]) readonly often: unknown,
        @Inject(wrong[2]) readonly nothing: unknown,
        @Inject(wrong[3]) readonly more: unknown,
        @Inject(wrong[4]) readonly text: unknown,
      ) {}
      @Handler(orders)
      order(): void {}
      @Handler(twice.changes)
      one(): void {}
      @Handler(twice.changes)
      other(): void {}
      @Handler(windowed('nobodys', { every: '5s' }).changes)
      nobodys(): void {}
    }
    expect(problems(Shop).filter((problem) => !problem.includes('wrong-'))).toEqual([
      "Shop.nobodys: it reads the changes of the table 'nobodys', which no class of the app is given",
      'Shop.other: it reads twice.changes, as Shop.one does: what is derived is for one agent',
      "windowed table 'unread': it has emit, and no agent of the app reads its changes",
    ]);
    expect(problems(Shop).filter((problem) => problem.includes('wrong-') && !problem.includes('no agent'))).toEqual([
      "windowed table 'wrong-4': emit is '5s'",
      "windowed table 'wrong-3': it has an option 'emit.first' that nobody reads",
      expect.stringContaining("windowed table 'wrong-2': emit.every: expected milliseconds"),
      expect.stringContaining("windowed table 'wrong-1': emit.every: expected milliseconds"),
      "windowed table 'wrong-0': emit.every is 0",
    ]);
  });
});
