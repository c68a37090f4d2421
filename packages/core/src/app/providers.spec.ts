import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Logger, pino } from 'pino';
import { App, Inject } from '../decorators/index.js';
import { topic } from '../definitions/index.js';
import type { Topic } from '../topics/index.js';
import { CLOCK, LOGGER, type Overrides } from './index.js';
import { MemoryWorkers } from './memory-workers.fixture.js';

const invoices = topic('invoices', { value: 'string' });

let workers: MemoryWorkers;

beforeEach(() => {
  workers = new MemoryWorkers();
});
afterEach(() => workers.stop());

class Printer {
  readonly name: string = 'printer';
}

describe('a factory', () => {
  // "Unexpected asynchronous service", and to put @Inject on the parameters.
  it('may be asynchronous: what is given its value is made afterwards', async () => {
    class Service {
      constructor(@Inject('db') readonly db: { readonly name: string }) {}
    }
    @App({ id: 'shop', providers: [Service, { provide: 'db', useFactory: async () => ({ name: 'ready' }) }] })
    class Shop {
      constructor(@Inject(Service) readonly service: Service) {}
    }
    const worker = await workers.start(Shop);
    expect(worker.get(Shop).service.db.name).toBe('ready');
    expect(worker.get(Service).db).toBe(worker.get('db' as never));
  });

  it('is given what it injects, in this order: topics, classes, values and what other factories make', async () => {
    @App({
      id: 'shop',
      providers: [
        Printer,
        { provide: 'url', useFactory: async () => 'db://one' },
        {
          provide: 'facts',
          inject: ['url', Printer, invoices, CLOCK],
          useFactory: (url: string, printer: Printer, topic: Topic, at: Overrides['clock']) => [url, printer.name, typeof topic.send, at],
        },
      ],
    })
    class Shop {
      constructor(@Inject('facts') readonly facts: unknown) {}
    }
    expect((await workers.start(Shop)).get(Shop).facts).toEqual(['db://one', 'printer', 'function', workers.clock]);
    expect(workers.broker.topics()).toContain('invoices');
  });

  it.each([
    [
      'throws',
      () => {
        throw new RangeError('no database');
      },
    ],
    [
      'rejects',
      async () => {
        throw new RangeError('no database');
      },
    ],
  ])('that %s is named, with what it threw', async (_, useFactory) => {
    @App({ id: 'shop', providers: [{ provide: 'db', useFactory }] })
    class Shop {
      constructor(@Inject('db') readonly db: unknown) {}
    }
    expect(await workers.faultsOf(Shop)).toMatchObject([
      { where: 'db', member: 'useFactory', problem: 'it threw RangeError: no database', cause: expect.any(RangeError) },
    ]);
  });

  it('that injects undefined is a fault', async () => {
    @App({ id: 'shop', providers: [{ provide: 'db', useFactory: () => 1, inject: [undefined as never] }] })
    class Shop {}
    expect(await workers.faultsOf(Shop)).toMatchObject([{ member: '@App.providers[0].inject[0]', problem: 'it is undefined' }]);
  });
});

describe('the logger', () => {
  const written: string[] = [];
  const logger = pino({ level: 'info' }, { write: (line: string) => void written.push(line) });

  it('of @App is that of the worker, and is injected', async () => {
    @App({ id: 'shop', logger })
    class Shop {
      constructor(@Inject(LOGGER) readonly log: Logger) {}
    }
    const worker = await workers.start(Shop, { logger: undefined });
    expect(worker.get(Shop).log).toBe(logger);
    expect(written.join('')).toContain('"ready"');
  });

  it('that the caller gives holds over that of @App', async () => {
    const other = pino({ level: 'silent' });
    @App({ id: 'shop', logger })
    class Shop {
      constructor(@Inject(LOGGER) readonly log: Logger) {}
    }
    expect((await workers.start(Shop, { logger: other })).get(Shop).log).toBe(other);
  });

  it('that is injected can be bound by a provider', async () => {
    @App({ id: 'shop', providers: [{ provide: LOGGER, useValue: 'mine' }] })
    class Shop {
      constructor(@Inject(LOGGER) readonly log: unknown) {}
    }
    expect((await workers.start(Shop)).get(Shop).log).toBe('mine');
  });

  // pino threw "default level:loud must be included in custom levels".
  it('has a level that exists', async () => {
    @App({ id: 'shop' })
    class Shop {}
    await expect(workers.start(Shop, { logger: undefined, environment: { WEIR_LOGLEVEL: 'loud' } })).rejects.toMatchObject({
      code: 'OPTION_INVALID',
    });
  });
});
