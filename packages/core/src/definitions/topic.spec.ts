import { describe, expect, it } from '@jest/globals';
import { isTopic, topic, topicFaults } from './index.js';

describe('a topic definition', () => {
  it('is a value that cannot be changed', () => {
    const options = { partitions: 3 };
    const orders = topic('orders', options);
    options.partitions = 4;
    expect(orders).toMatchObject({ kind: 'topic', name: 'orders', names: ['orders'], options: { partitions: 3 } });
    expect(Object.isFrozen(orders)).toBe(true);
    expect(Object.isFrozen(orders.options)).toBe(true);
  });

  it('is another one each time, also for one name', () => {
    expect(topic('orders').identifier).not.toBe(topic('orders').identifier);
  });

  it('shows several names and patterns in its name', () => {
    expect(topic(['orders', 'returns']).name).toBe('orders,returns');
    expect(topic(/^orders-.*/).name).toBe('/^orders-.*/');
  });

  it('is told from everything else', () => {
    expect(isTopic(topic('orders'))).toBe(true);
    for (const other of ['orders', undefined, null, {}, { kind: 'agent' }]) expect(isTopic(other)).toBe(false);
  });

  it('connects to nothing and checks nothing when it is made', () => {
    expect(() => topic('no topic!', { partitions: -1, retention: 'for ever' as '1s' })).not.toThrow();
  });
});

describe('the faults of a definition', () => {
  const problems = (...given: Parameters<typeof topic>) => topicFaults(topic(...given)).map(({ problem }) => problem);

  it('are none where there are none', () => {
    class Order {}
    expect(problems('orders.v1_a-b', { key: 'integer', value: Order, partitions: 1, replicas: 3, retention: '7d' })).toEqual([]);
    expect(problems(/^orders-\d+$/)).toEqual([]);
    expect(problems('a'.repeat(249), { value: 'json|gzip|base64' })).toEqual([]);
  });

  it.each([
    ['the empty name', ''],
    ['a name with a space', 'my orders'],
    ['a name with diacritics', 'objednávky'],
    ['a name that is too long', 'a'.repeat(250)],
    ['the dot', '.'],
    ['two dots', '..'],
  ])('name %s', (_, name) => {
    expect(problems(name)).toEqual([`'${name}' is not a legal topic name`]);
  });

  it('name patterns that the broker cannot follow, and a topic without any name', () => {
    expect(problems(/orders/i)).toEqual(['the pattern /orders/i has flags']);
    expect(problems([])).toEqual(['it has no name']);
  });

  it.each([
    [{ value: 'jsno' as 'json' }, /^codec: expected one of raw, string, json.*, got 'jsno'$/],
    [{ value: 'gzip|json' as 'gzip' }, /'json' only at the start of a chain/],
    [{ value: 5 as never }, /^its value schema is 5$/],
    [{ key: {} as never }, /^its key schema is \[object Object\]$/],
    [{ partitions: 0 }, /^partitions is 0$/],
    [{ partitions: 1.5 }, /^partitions is 1.5$/],
    [{ replicas: -1 }, /^replicas is -1$/],
    [{ retention: 'long' as '1s' }, /^retention: expected milliseconds .*, got 'long'$/],
  ])('name the option %p', (options, problem) => {
    expect(problems('orders', options)).toEqual([expect.stringMatching(problem)]);
  });

  it('come all at once, each with the topic and a remedy', () => {
    const faults = topicFaults(topic('my orders', { key: 'x' as 'raw', partitions: 0, retention: -1 }));
    expect(faults).toHaveLength(4);
    for (const { where, remedy } of faults) {
      expect(where).toBe("topic 'my orders'");
      expect(remedy).not.toBe('');
    }
  });
});
