import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ContainerModule } from 'inversify';
import { App, Handler, Inject, OnStart, OnStop } from '../decorators/index.js';
import { topic } from '../definitions/index.js';
import type { Topic } from '../topics/index.js';
import { CLOCK } from './index.js';
import { MemoryWorkers } from './memory-workers.fixture.js';

const orders = topic('orders', { value: 'string' });
const invoices = topic('invoices', { value: 'string' });

let workers: MemoryWorkers;
let life: string[] = [];

beforeEach(() => {
  workers = new MemoryWorkers();
  life = [];
});
afterEach(() => workers.stop());

class Printer {
  readonly name: string = 'printer';
}

class Store {
  @OnStart()
  async open(): Promise<void> {
    await Promise.resolve();
    life.push('store opens');
  }
  @OnStop()
  async close(): Promise<void> {
    await Promise.resolve();
    life.push('store closes');
  }
}

class Service {
  constructor(@Inject(Store) readonly store: Store) {}
  @OnStart()
  start(): void {
    life.push('service starts');
  }
  @OnStop()
  stop(): void {
    life.push('service stops');
  }
}

describe('the container', () => {
  it('gives classes, values and what factories make under their identifiers', async () => {
    @App({
      id: 'shop',
      providers: [Printer, { provide: 'title', useValue: 'Shop' }, { provide: 'made', useFactory: () => ({ made: true }) }],
    })
    class Shop {
      @Inject(Printer) readonly printer!: Printer;
      constructor(
        @Inject('title') readonly title: string,
        @Inject('made') readonly made: object,
        @Inject(CLOCK) readonly clock: unknown,
        @Inject(orders) readonly ordered: Topic<string, string>,
      ) {}
    }
    const shop = (await workers.start(Shop)).get(Shop);
    expect([shop.printer.name, shop.title, shop.made]).toEqual(['printer', 'Shop', { made: true }]);
    expect(shop.clock).toBe(workers.clock);
    expect(shop.ordered.name).toBe('orders');
  });

  // A class under an identifier of its own could not be made: it was asked for by its class, under which nothing was bound.
  it('gives a class under an identifier of its own, with the hooks and handlers it declares', async () => {
    class Laser extends Printer {
      @OnStart()
      warmUp(): void {
        life.push('laser warms up');
      }
    }
    @App({ id: 'shop', providers: [{ provide: 'laser', useClass: Laser }] })
    class Shop {
      constructor(@Inject('laser') readonly laser: Printer) {}
    }
    expect((await workers.start(Shop)).get(Shop).laser).toBeInstanceOf(Laser);
    expect(life).toEqual(['laser warms up']);
  });

  it('makes each class once', async () => {
    class Reader {
      constructor(@Inject(Printer) readonly printer: Printer) {}
    }
    @App({ id: 'shop', providers: [Printer, Reader] })
    class Shop {
      constructor(
        @Inject(Printer) readonly printer: Printer,
        @Inject(Reader) readonly reader: Reader,
      ) {}
    }
    const worker = await workers.start(Shop);
    const shop = worker.get(Shop);
    expect(shop.printer).toBe(shop.reader.printer);
    expect(worker.get(Printer)).toBe(shop.printer);
  });

  it('loads inversify’s own modules, and what they bind goes before providers', async () => {
    const bound = new Printer();
    const module = new ContainerModule(({ bind }) => {
      bind(Printer).toConstantValue(bound);
      bind('greeting').toConstantValue('Dobrý den');
    });
    @App({ id: 'shop', providers: [Printer], modules: [module] })
    class Shop {
      constructor(
        @Inject(Printer) readonly printer: Printer,
        @Inject('greeting') readonly greeting: string,
      ) {}
    }
    const shop = (await workers.start(Shop)).get(Shop);
    expect(shop.printer).toBe(bound);
    expect(shop.greeting).toBe('Dobrý den');
  });

  it('takes the providers of a test instead of the app’s own', async () => {
    @App({ id: 'shop', providers: [Printer] })
    class Shop {
      constructor(@Inject(Printer) readonly printer: Printer) {}
    }
    const fake = { name: 'fake' };
    expect((await workers.start(Shop, { providers: [{ provide: Printer, useValue: fake }] })).get(Shop).printer).toBe(fake);
  });

  it('asks nothing of a fake but what it has: no hooks, no handlers', async () => {
    @App({ id: 'shop', providers: [Store] })
    class Shop {
      constructor(@Inject(Store) readonly store: object) {}
    }
    const fake = { get: () => 5 };
    expect((await workers.start(Shop, { providers: [{ provide: Store, useValue: fake }] })).get(Shop).store).toBe(fake);
    expect(life).toEqual([]);
  });

  it('makes a subclass without a constructor with the injections of its base', async () => {
    class Base {
      @Inject(invoices) readonly property!: Topic<string, string>;
      constructor(@Inject(Printer) readonly printer: Printer) {}
    }
    class Between extends Base {}
    @App({ id: 'shop', providers: [Printer] })
    class Shop extends Between {
      @Inject('title') readonly title!: string;
    }
    const shop = (await workers.start(Shop, { providers: [{ provide: 'title', useValue: 'Shop' }] })).get(Shop);
    expect(shop.printer).toBeInstanceOf(Printer);
    expect(shop.property.name).toBe('invoices');
    expect(shop.title).toBe('Shop');
  });

  it('makes a subclass with a constructor of its own with that', async () => {
    class Base {
      constructor(@Inject(Printer) readonly printer: Printer) {}
    }
    @App({ id: 'shop', providers: [Printer] })
    class Shop extends Base {
      constructor(
        @Inject('title') readonly title: string,
        @Inject(Printer) printer: Printer,
      ) {
        super(printer);
      }
    }
    const shop = (await workers.start(Shop, { providers: [{ provide: 'title', useValue: 'Shop' }] })).get(Shop);
    expect([shop.title, shop.printer.name]).toEqual(['Shop', 'printer']);
  });

  it('makes a subclass without a constructor with that of the nearest class that has one', async () => {
    class Base {
      constructor(@Inject(Printer) readonly printer: Printer) {}
    }
    class Between extends Base {
      constructor(
        @Inject('title') readonly title: string,
        @Inject(Printer) printer: Printer,
      ) {
        super(printer);
      }
    }
    @App({ id: 'shop', providers: [Printer] })
    class Shop extends Between {}
    const shop = (await workers.start(Shop, { providers: [{ provide: 'title', useValue: 'Shop' }] })).get(Shop);
    expect([shop.title, shop.printer.name]).toEqual(['Shop', 'printer']);
  });

  it('reports every class that it cannot make, before anything is created', async () => {
    class Lonely {
      constructor(@Inject('nowhere') readonly what: unknown) {}
    }
    class Bare {
      constructor(readonly printer: Printer) {}
      @OnStart()
      start(): void {}
    }
    @App({ id: 'shop', providers: [Lonely, Bare] })
    class Shop {
      constructor(@Inject('elsewhere') readonly what: unknown) {}
      @Handler(orders)
      take(): void {}
    }
    const faults = await workers.faultsOf(Shop);
    expect(faults.map(({ where }) => where).sort()).toEqual(['Bare', 'Lonely', 'Shop']);
    const of = (name: string) => faults.find(({ where }) => where === name);
    expect(of('Shop')).toMatchObject({
      problem: 'it is given "elsewhere", and nothing is bound to that',
      remedy: expect.stringContaining('providers'),
    });
    expect(of('Bare')).toMatchObject({
      problem: 'parameter 1 of its constructor has no @Inject',
      remedy: expect.stringContaining('@Inject'),
    });
    expect(workers.broker.topics()).toEqual([]);
  });

  // Everything that went wrong in the container was told to put @Inject on its parameters.
  it('reports a constructor that throws once, with what it threw, whoever is given the class', async () => {
    class Ledger {
      constructor() {
        throw new RangeError('no paper');
      }
    }
    @App({ id: 'shop', providers: [Ledger] })
    class Shop {
      constructor(@Inject(Ledger) readonly ledger: Ledger) {}
    }
    const faults = await workers.faultsOf(Shop);
    expect(faults).toMatchObject([{ where: 'Ledger', member: 'constructor', problem: 'it threw RangeError: no paper' }]);
    expect(faults[0]?.remedy).not.toContain('@Inject');
    expect(faults[0]?.cause).toBeInstanceOf(RangeError);
    await expect(workers.start(Shop)).rejects.toMatchObject({ cause: expect.any(RangeError) });
  });

  it('reports classes that need each other once, with the circle', async () => {
    class Egg {
      constructor(@Inject('hen') readonly hen: unknown) {}
    }
    class Hen {
      constructor(@Inject(Egg) readonly egg: Egg) {}
    }
    @App({ id: 'shop', providers: [{ provide: 'hen', useClass: Hen }, Egg] })
    class Shop {}
    expect(await workers.faultsOf(Shop)).toMatchObject([{ where: 'Egg', problem: 'it is given what needs it itself: Egg → hen → Egg' }]);
  });

  it('reports a constructor that sends, and names @OnStart', async () => {
    @App({ id: 'shop' })
    class Shop {
      constructor(@Inject(orders) topic: Topic<string, string>) {
        topic.sendSoon({ value: 'too early' });
      }
    }
    expect(await workers.faultsOf(Shop)).toMatchObject([{ where: 'Shop', remedy: 'Do it in a method with @OnStart()' }]);
  });

  it('names the class that asks for what is not bound, not those that are given it', async () => {
    class Inner {
      constructor(@Inject('nowhere') readonly what: unknown) {}
    }
    @App({ id: 'shop', providers: [Inner] })
    class Shop {
      constructor(@Inject(Inner) readonly inner: Inner) {}
    }
    expect(await workers.faultsOf(Shop)).toMatchObject([
      { where: 'Inner', problem: 'it is given "nowhere", and nothing is bound to that' },
    ]);
  });
});

describe('hooks', () => {
  it('start a class after those it is given and stop it before them, however providers are ordered', async () => {
    for (const providers of [
      [Service, Store],
      [Store, Service],
    ]) {
      @App({ id: 'shop', providers })
      class Shop {
        constructor(@Inject(Service) readonly service: Service) {}
        @OnStart()
        start(): void {
          life.push('shop starts');
        }
        @OnStop()
        stop(): void {
          life.push('shop stops');
        }
      }
      const worker = await workers.start(Shop);
      await worker.stop();
      expect(life).toEqual(['store opens', 'service starts', 'shop starts', 'shop stops', 'service stops', 'store closes']);
      life = [];
    }
  });

  it('stop only after the last handler has returned', async () => {
    let finish = () => {};
    let begun = () => {};
    const hasBegun = new Promise<void>((resolve) => {
      begun = resolve;
    });
    @App({ id: 'shop', providers: [Service, Store] })
    class Shop {
      constructor(@Inject(Service) readonly service: Service) {}
      @Handler(orders)
      async take(): Promise<void> {
        begun();
        await new Promise<void>((resolve) => {
          finish = resolve;
        });
        life.push('handler returns');
      }
    }
    const worker = await workers.start(Shop);
    const producer = await workers.broker.transport().producer();
    await producer.send({ topic: 'orders', key: null, value: 'one' });
    await hasBegun;
    const stopped = worker.stop();
    for (let turn = 0; turn < 10; turn++) await new Promise(setImmediate);
    expect(life).toEqual(['store opens', 'service starts']);
    finish();
    await stopped;
    expect(life.slice(2)).toEqual(['handler returns', 'service stops', 'store closes']);
  });

  it('that fail keep the app from starting, and what had started is stopped again', async () => {
    @App({ id: 'shop', providers: [Service, Store] })
    class Shop {
      constructor(@Inject(Service) readonly service: Service) {}
      @OnStart()
      start(): void {
        throw new Error('no electricity');
      }
    }
    await expect(workers.start(Shop)).rejects.toThrow('no electricity');
    expect(life).toEqual(['store opens', 'service starts', 'service stops', 'store closes']);
  });

  it('can send messages from the first to the last', async () => {
    @App({ id: 'shop' })
    class Shop {
      constructor(@Inject(invoices) readonly out: Topic<string, string>) {}
      @OnStart()
      async hello(): Promise<void> {
        await this.out.send({ value: 'hello' });
      }
      @OnStop()
      goodbye(): void {
        this.out.sendSoon({ value: 'goodbye' });
      }
    }
    await (await workers.start(Shop)).stop();
    expect(workers.broker.messages('invoices').map(({ value }) => String(value))).toEqual(['hello', 'goodbye']);
  });
});
