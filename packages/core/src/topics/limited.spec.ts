import { beforeEach, describe, expect, it } from '@jest/globals';
import { topic } from '../definitions/index.js';
import { ConfigurationError } from '../errors/index.js';
import { VirtualClock } from '../time/index.js';
import { MemoryBroker } from '../transport/index.js';
import { Topics } from './index.js';

const orders = topic('orders', { value: 'string' });

let clock: VirtualClock;
let broker: MemoryBroker;
let topics: Topics;
beforeEach(async () => {
  clock = new VirtualClock();
  broker = new MemoryBroker({ clock, partitions: 1 });
  topics = new Topics('json', clock);
  topics.connect(await broker.transport().producer());
});
const turn = () => new Promise(setImmediate);
const outcome = (sending: Promise<unknown>) => sending.then(JSON.stringify, (error: Error) => error.message);

// It waited without a word, and for a time that no page named.
describe('sending while no broker answers', () => {
  it('rejects when its time is over; the message may still arrive', async () => {
    broker.faults.down();
    const sending = outcome(topics.of(orders).send({ value: 'a' }, { timeout: '5s' }));
    clock.advanceTo(clock.now() + 4_999);
    await turn();
    clock.advanceTo(clock.now() + 1);
    expect(await sending).toMatch(/^no broker has acknowledged a message to "orders" within 5 s\. It may still arrive/);
    broker.faults.up();
    await turn();
    expect(broker.messages('orders').map(({ value }) => String(value))).toEqual(['a']);
  });

  it('rejects when its signal is aborted, and sends nothing when that was before', async () => {
    broker.faults.down();
    const controller = new AbortController();
    const { signal } = controller;
    const sending = outcome(topics.of(orders).send({ value: 'a' }, { signal }));
    controller.abort(new Error('enough'));
    expect(await sending).toBe('enough');
    expect(await outcome(topics.of(orders).send({ value: 'b' }, { signal }))).toBe('enough');
    broker.faults.up();
    await turn();
    expect(broker.messages('orders')).toHaveLength(1);
  });

  it('leaves nothing scheduled once it is acknowledged, and takes several messages', async () => {
    const sent = await topics
      .of(orders)
      .sendMany([{ value: 'a' }, { value: 'b' }], { timeout: 1_000, signal: new AbortController().signal });
    expect(sent.map(({ offset }) => offset)).toEqual([0, 1]);
    expect(clock.nextDue()).toBeUndefined();
    expect(() => topics.of(orders).send({ value: 'a' }, { timeout: 'soon' as '5s' })).toThrow(ConfigurationError);
  });

  it('is no unhandled rejection when nobody looks at it', async () => {
    broker.faults.down();
    void topics.of(orders).send({ value: 'a' }, { timeout: '5s' });
    clock.advanceTo(clock.now() + 5_000);
    await turn();
    await turn();
  });
});
