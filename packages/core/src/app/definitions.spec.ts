import { describe, expect, it } from '@jest/globals';
import pino from 'pino';
import { App, Handler, Inject } from '../decorators/index.js';
import { table, topic } from '../definitions/index.js';
import { discover } from '../discovery/index.js';
import type { Table } from '../tables/index.js';
import { VirtualClock } from '../time/index.js';
import { type Topic, Topics } from '../topics/index.js';
import { fillContainer } from './container.js';

const orders = topic('orders', { value: 'string' });
const counts = table('counts', { key: 'string', value: 'long', default: 0 });

describe('what the container gives for definitions', () => {
  it('is the topic or the table of the worker, the same one for all, factories too', async () => {
    class Service {
      @Inject(counts) readonly numbers!: Table<string, number>;
    }
    const made = { provide: 'made', useFactory: (...given: unknown[]) => given, inject: [counts, orders] };
    @App({ id: 'shop', providers: [Service, made] })
    class Shop {
      constructor(
        @Inject(counts) readonly numbers: Table<string, number>,
        @Inject(orders) readonly out: Topic<string, string>,
        @Inject(Service) readonly service: Service,
        @Inject('made') readonly made: unknown,
      ) {}
      @Handler(orders)
      order(): void {}
    }
    const topics = new Topics();
    const tables = { of: ({ name }: { readonly name: string }) => ({ isTable: true, name }) };
    const around = { topics, tables, clock: new VirtualClock(), logger: pino({ level: 'silent' }) };
    const { instances } = await fillContainer(discover(Shop), [Shop, Service, made], around);
    const { numbers, out, service, made: given } = instances.get(Shop) as Shop;
    expect(numbers).toEqual({ isTable: true, name: 'counts' });
    expect(out).toBe(topics.of(orders));
    expect(service.numbers).toBe(numbers);
    expect(given).toEqual([numbers, out]);
    expect((given as unknown[])[0]).toBe(numbers);
  });
});
