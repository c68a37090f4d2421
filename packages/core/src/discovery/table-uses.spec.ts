import { describe, expect, it } from '@jest/globals';
import { App, Handler, Inject, Timer } from '../decorators/index.js';
import { table, topic } from '../definitions/index.js';
import type { Class } from '../metadata/index.js';
import type { Table } from '../tables/index.js';
import type { Topic } from '../topics/index.js';
import { discover } from './index.js';

const views = topic('page-views', { value: 'string' });
const orders = topic('orders', { value: 'string' });
const counts = table('counts', { key: 'string', value: 'long', default: 0 });
const latest = table('latest', { key: 'string', value: 'string' });

class CountService {
  constructor(@Inject(counts) readonly numbers: Table<string, number>) {}
}

/** By table: the topics that feed it, each with its way. */
const uses = (appClass: Class) =>
  Object.fromEntries(
    discover(appClass).tables.map(({ definition, topics, via }) => [definition.name, topics.map(({ name }, i) => `${name}: ${via[i]}`)]),
  );

describe('the topics that feed a table', () => {
  it('are those of the agents whose class is given it', () => {
    @App({ id: 'shop' })
    class Shop {
      constructor(@Inject(counts) readonly numbers: Table<string, number>) {}
      @Inject(latest) readonly texts!: Table<string, string | undefined>;
      @Handler(views)
      view(): void {}
      @Handler(orders)
      order(): void {}
      @Handler(orders)
      again(): void {}
    }
    expect(uses(Shop)).toEqual({
      counts: ['page-views: Shop → counts', 'orders: Shop → counts'],
      latest: ['page-views: Shop → latest', 'orders: Shop → latest'],
    });
    expect(discover(Shop).injected).toEqual([latest, counts]);
  });

  it('are those of the agents whose class reaches it through services, by the shortest way, and no others', () => {
    class Far {
      constructor(
        @Inject(CountService) readonly service: CountService,
        @Inject('clock') readonly clock: unknown,
      ) {}
    }
    class Audit {
      @Handler(orders)
      note(): void {}
    }
    @App({ id: 'shop', providers: [CountService, Far, Audit, { provide: 'clock', useValue: 5 }] })
    class PageViews {
      constructor(
        @Inject(Far) readonly far: Far,
        @Inject(CountService) readonly service: CountService,
      ) {}
      @Handler(views)
      count(): void {}
    }
    expect(uses(PageViews)).toEqual({ counts: ['page-views: PageViews → CountService → counts'] });
  });

  it('are found through base classes, factories, other identifiers, classes of modules, and circles', () => {
    class Base {
      @Inject(CountService) readonly service!: CountService;
    }
    class Derived extends Base {
      constructor(@Inject('circle') readonly circle: unknown) {
        super();
      }
    }
    class Circle {
      @Inject('derived') readonly derived!: unknown;
      @Inject('made') readonly made!: unknown;
    }
    const providers = [
      { provide: 'derived', useClass: Derived },
      { provide: 'circle', useClass: Circle },
      { provide: 'made', useFactory: () => ({}), inject: [latest] },
    ];
    @App({ id: 'shop', providers })
    class Shop {
      @Inject('circle') readonly circle!: unknown;
      @Handler(views)
      view(): void {}
    }
    expect(uses(Shop)).toEqual({
      latest: ['page-views: Shop → circle → made → latest'],
      counts: ['page-views: Shop → circle → derived → CountService → counts'],
    });
  });

  it('are not those of a class whose own constructor takes the place of one that was given it', () => {
    class Base {
      constructor(
        @Inject(views) readonly out: Topic<string, string>,
        @Inject(counts) readonly numbers?: Table<string, number>,
      ) {}
    }
    @App({ id: 'shop' })
    class Shop extends Base {
      constructor(@Inject(views) out: Topic<string, string>) {
        super(out);
      }
      @Handler(orders)
      order(): void {}
    }
    expect(uses(Shop)).toEqual({});
  });

  it('are the one of like instead, which also lets others read patterns; or none where it says how many partitions it has', () => {
    const alike = table('alike', { key: 'string', value: 'long', like: orders });
    const apart = table('apart', { key: 'string', value: 'long', partitions: 3 });
    class Reports {
      @Inject(apart) readonly table!: Table<string, number | undefined>;
      @Timer('1m')
      report(): void {}
    }
    @App({ id: 'shop', providers: [Reports] })
    class Shop {
      @Inject(alike) readonly table!: Table<string, number | undefined>;
      @Handler(topic(/^views-/))
      view(): void {}
    }
    expect(uses(Shop)).toEqual({ alike: ['orders: like: orders'], apart: [] });
  });
});

describe('the topology', () => {
  class Views {
    @Inject(counts) readonly numbers!: Table<string, number>;
    @Handler(views)
    view(): void {}
  }
  @App({ id: 'shop', providers: [Views] })
  class Shop {
    @Inject(latest) readonly texts!: Table<string, string | undefined>;
    @Handler(orders)
    order(): void {}
  }

  it('has the tables', () => {
    const { tables, topics } = discover(Shop).topology(
      new Map<Class, object>([
        [Shop, new Shop()],
        [Views, new Views()],
      ]),
    );
    expect(tables).toEqual([
      { definition: latest, topics: [orders], via: ['Shop → latest'] },
      { definition: counts, topics: [views], via: ['Views → counts'] },
    ]);
    expect(topics).toEqual([]);
  });

  it('has none that only agents feed in whose place a test gives a fake', () => {
    const { tables } = discover(Shop).topology(
      new Map<Class, object>([
        [Shop, new Shop()],
        [Views, {}],
      ]),
    );
    expect(tables?.map(({ definition }) => definition)).toEqual([latest]);
  });
});
