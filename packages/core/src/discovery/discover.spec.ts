import { describe, expect, it } from '@jest/globals';
import { agent } from '../agents/index.js';
import { Agent, App, Handler, Inject, OnAssigned, OnRecovered, OnRevoked, OnStart, OnStop, Timer } from '../decorators/index.js';
import { topic } from '../definitions/index.js';
import { DefinitionError, type Fault } from '../errors/index.js';
import type { Class } from '../metadata/index.js';
import type { Stream } from '../streams/index.js';
import type { Topic } from '../topics/index.js';
import { discover } from './index.js';

const orders = topic('orders', { value: 'string' });
const invoices = topic('invoices', { value: 'string' });

/** The topology with instances made without a container. */
function topologyOf(appClass: Class, ...others: (new () => object)[]) {
  const instances = new Map<Class, object>();
  for (const each of [...others, appClass as new () => object]) instances.set(each, new each());
  return discover(appClass).topology(instances);
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

const problems = (appClass: Class) => faultsOf(appClass).map(({ where, member, problem }) => `${where}.${member}: ${problem}`);

describe('discovery', () => {
  it('turns decorated classes into plain descriptions with the methods of the instances', async () => {
    @App({ id: 'shop', version: 2 })
    class Shop {
      readonly tag = 'of the instance';
      @Agent(orders, { sinks: [invoices] })
      async *loop(_: Stream<string>): AsyncIterable<string> {}
      @Handler(orders, { name: 'by-name', concurrency: { max: 4 }, handlerTimeout: '1s' })
      take(): string {
        return this.tag;
      }
      @Handler(orders, { batch: { max: 10 } })
      many(): void {}
      @Timer('5s', { overlap: 'allow' })
      tick(): void {}
    }
    const { app, agents, components } = topologyOf(Shop);
    expect(app).toEqual({ id: 'shop', version: 2 });
    expect(agents).toMatchObject([
      { kind: 'stream', name: 'Shop.loop', topic: orders, sinks: [invoices] },
      { kind: 'event', name: 'by-name', topic: orders, concurrency: { max: 4 }, handlerTimeout: '1s' },
      { kind: 'batch', name: 'Shop.many', topic: orders, batch: { max: 10 } },
    ]);
    expect((agents[1] as unknown as { run(): unknown }).run()).toBe('of the instance');
    expect(components).toMatchObject([{ kind: 'timer', members: [{ name: 'Shop.tick', description: 'every 5s' }] }]);
  });

  it('takes in the classes of providers, in whichever form', () => {
    class Printer {
      @Handler(orders)
      print(): void {}
    }
    class Mailer {
      @Timer('1s')
      mail(): void {}
    }
    @App({ id: 'shop', providers: [Printer, { provide: 'mailer', useClass: Mailer }, { provide: 'value', useValue: 5 }] })
    class Shop {}
    const { agents, components } = topologyOf(Shop, Printer, Mailer);
    expect(agents.map(({ name }) => name)).toEqual(['Printer.print']);
    expect(components?.flatMap(({ members }) => members.map(({ name }) => name))).toEqual(['Mailer.mail']);
  });

  it('inherits what a base class declares, and lets an override declare anew', () => {
    class Base {
      @Handler(orders)
      kept(): string {
        return 'kept';
      }
      @Handler(orders)
      moved(): string {
        return 'base';
      }
      @Handler(orders)
      overridden(): string {
        return 'base';
      }
    }
    @App({ id: 'shop' })
    class Shop extends Base {
      @Handler(invoices)
      override moved(): string {
        return 'shop';
      }
      override overridden(): string {
        return 'shop';
      }
    }
    const { agents } = topologyOf(Shop);
    const results = agents.map((each) => [each.name, each.topic.name, (each as unknown as { run(): unknown }).run()]);
    expect(results).toEqual([
      ['Shop.kept', 'orders', 'kept'],
      ['Shop.overridden', 'orders', 'shop'],
      ['Shop.moved', 'invoices', 'shop'],
    ]);
  });

  it('lists the topics that are injected, and hooks in the order in which instances were made', () => {
    class Service {
      @OnStart()
      start(): void {}
      @OnStop()
      stop(): void {}
      @OnAssigned()
      @OnRecovered()
      moved(): void {}
    }
    @App({ id: 'shop', providers: [Service] })
    class Shop {
      @Inject(invoices) readonly out!: Topic<string, string>;
      @OnStart()
      begin(): void {}
    }
    const { hooks, topics } = topologyOf(Shop, Service);
    expect(topics).toEqual([invoices]);
    expect(hooks.map(({ name, ...moments }) => [name, ...Object.keys(moments)])).toEqual([
      ['Service.start', 'start'],
      ['Service.stop', 'stop'],
      ['Service.moved', 'assigned'],
      ['Service.moved', 'recovered'],
      ['Shop.begin', 'start'],
    ]);
  });

  it('finds the agent that a reference means', () => {
    @App({ id: 'shop' })
    class Shop {
      @Handler(orders)
      take(): void {}
    }
    class Stranger {
      take(): void {}
    }
    const topology = topologyOf(Shop);
    expect(topology.agentOf?.(agent(Shop, 'take'))).toBe(topology.agents[0]);
    expect(topology.agentOf?.(agent(Stranger, 'take'))).toBeUndefined();
  });
});

describe('the faults of a declaration', () => {
  it('say that a class is no app', () => {
    class Plain {}
    expect(faultsOf(Plain)).toEqual([{ where: 'Plain', problem: 'it is not an app', remedy: 'Decorate the class with @App({ id: … })' }]);
    expect(faultsOf(undefined as never)).toMatchObject([{ where: 'undefined', problem: 'it is not an app' }]);
  });

  it('come all at once, from every class, each with a member and a remedy', () => {
    class Service {
      @Handler(undefined as never)
      noTopic(): void {}
      @Timer('never' as '1s')
      noTime(): void {}
    }
    @App({
      id: 'my shop',
      commitInterval: 'often' as '1s',
      errors: { then: 'ignore' as 'skip' },
      topics: 'drop' as 'off',
      providers: [Service],
    })
    class Shop {
      @Agent(topic('no topic', { partitions: 0 }))
      async loop(): Promise<void> {}
      @Inject(undefined as never) readonly nothing!: unknown;
    }
    const faults = faultsOf(Shop);
    expect(faults.map(({ where, member }) => `${where} ${member ?? ''}`).sort()).toEqual([
      'Service noTime',
      'Service noTopic',
      'Shop @App.commitInterval',
      'Shop @App.errors',
      'Shop @App.id',
      'Shop @App.topics',
      'Shop nothing',
      "topic 'no topic' ",
      "topic 'no topic' ",
    ]);
    for (const { problem, remedy } of faults) expect([problem, remedy]).not.toContain('');
    expect(() => discover(Shop)).toThrow(/^9 faults in the declarations\n {2}- Shop\.@App\.id: id: expected 1 to 200 of the characters/);
  });

  it.each([
    ['id', { id: '' }],
    ['id', { id: 5 as never }],
    ['id', { id: 'x'.repeat(201) }],
    ['guarantee', { id: 'shop', guarantee: 'maybe' as 'exactly-once' }],
    ['drainTimeout', { id: 'shop', drainTimeout: -1 }],
    ['errors', { id: 'shop', errors: { retry: { attempts: -1 } } }],
    ['codec', { id: 'shop', codec: 'jsno' as 'json' }],
    ['version', { id: 'shop', version: 0 }],
    ['version', { id: 'shop', version: 1.5 }],
    ['providers[1]', { id: 'shop', providers: [class Here {}, undefined as never] }],
  ])('name the option %s of @App for %p', (member, declaration) => {
    @App(declaration)
    class Shop {}
    expect(faultsOf(Shop)).toMatchObject([{ where: 'Shop', member: `@App.${member}` }]);
  });

  it('point from an @Agent with options of a handler to @Handler', () => {
    @App({ id: 'shop' })
    class Shop {
      @Agent(orders, { concurrency: { max: 2 } } as never)
      async loop(): Promise<void> {}
      @Agent(orders, { handlerTimeout: '1s' } as never)
      async timed(): Promise<void> {}
    }
    expect(faultsOf(Shop)).toMatchObject([
      { member: 'loop', remedy: expect.stringContaining('@Handler') },
      { member: 'timed', remedy: expect.stringContaining('@Handler') },
    ]);
  });

  it('name each option of a handler that cannot be', () => {
    @App({ id: 'shop' })
    class Shop {
      @Handler(orders, { concurrency: { by: 'value' as 'key', max: 0, maxAhead: 1.5 } })
      order(): void {}
      @Handler(orders, { concurrency: { by: 'partition', max: 2 } })
      one(): void {}
      @Handler(orders, { batch: { max: 0, within: 'soon' as '1s' } })
      batch(): void {}
      @Handler(orders, { batch: { max: 2 }, concurrency: { max: 2 } } as never)
      both(): void {}
      @Handler(orders, { handlerTimeout: -5, errors: { retry: { jitter: 2 } } })
      late(): void {}
      @Handler(orders, { sinks: [undefined as never, 'invoices' as never] })
      sinks(): void {}
    }
    expect(problems(Shop)).toEqual([
      "Shop.order: concurrency.by is 'value'",
      'Shop.order: concurrency.max is 0',
      'Shop.order: concurrency.maxAhead is 1.5',
      "Shop.one: concurrency.max is 2 with by: 'partition'",
      'Shop.batch: batch.max is 0',
      expect.stringMatching(/^Shop\.batch: batch\.within: expected .*, got 'soon'$/),
      'Shop.both: it has both concurrency and batch',
      expect.stringMatching(/^Shop\.late: errors\.retry\.jitter: expected a share from 0 to 1, got 2$/),
      expect.stringMatching(/^Shop\.late: handlerTimeout: expected .*, got -5$/),
      'Shop.sinks: a sink is undefined',
      'Shop.sinks: a sink is invoices',
    ]);
  });

  it('name decorators where they cannot work', () => {
    @App({ id: 'shop' })
    class Shop {
      @Handler(orders)
      static handle(): void {}
      @Timer('1s')
      static tick(): void {}
      @OnStart()
      static start(): void {}
      @OnStop()
      static stop(): void {}
      @OnRevoked()
      static revoked(): void {}
      // @ts-expect-error on purpose: a property
      @Handler(orders)
      readonly property = 1;
    }
    expect(problems(Shop)).toEqual([
      'Shop.handle: @Agent or @Handler stands on a static method',
      'Shop.property: @Agent or @Handler stands on something that is not a method',
      'Shop.tick: @Timer stands on a static method',
      'Shop.start: @OnStart stands on a static method',
      'Shop.stop: @OnStop stands on a static method',
      'Shop.revoked: @OnRevoked stands on a static method',
    ]);
  });

  it('name a method that is declared as work more than once', () => {
    @App({ id: 'shop' })
    class Shop {
      @Handler(orders)
      @Timer('1s')
      both(): void {}
      @Handler(orders)
      @Handler(invoices)
      twice(): void {}
    }
    expect(
      problems(Shop)
        .filter((each) => each.endsWith('more than once'))
        .sort(),
    ).toEqual(['Shop.both: it is declared as work more than once', 'Shop.twice: it is declared as work more than once']);
  });

  it('name both agents of one name', () => {
    class Service {
      @Handler(orders, { name: 'take' })
      one(): void {}
    }
    @App({ id: 'shop', providers: [Service] })
    class Shop {
      @Handler(orders, { name: 'take' })
      other(): void {}
    }
    expect(problems(Shop)).toEqual(["Service.one: its name 'take' is also that of Shop.other"]);
  });

  it('name what is injected and undefined, in a constructor too', () => {
    @App({ id: 'shop' })
    class Shop {
      constructor(
        @Inject(orders) readonly first: unknown,
        @Inject(undefined as never) readonly second: unknown,
      ) {}
    }
    expect(problems(Shop)).toEqual(['Shop.constructor(1): what it injects is undefined']);
  });

  it('include those of topics that are only a sink or only injected', () => {
    @App({ id: 'shop' })
    class Shop {
      @Inject(topic('no topic 1')) readonly out!: unknown;
      @Handler(orders, { sinks: [topic('no topic 2', { value: 'string' })] })
      take(): void {}
    }
    expect(
      faultsOf(Shop)
        .map(({ where }) => where)
        .sort(),
    ).toEqual(["topic 'no topic 1'", "topic 'no topic 2'"]);
  });
});
