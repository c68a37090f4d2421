import { describe, expect, it } from '@jest/globals';
import { ConfigurationError } from '@weir/core/internal/errors';
import type { TransportOptions } from '@weir/core/internal/transport';
import { bootstrapServers } from '../address.js';
import { ManualClock } from '../manual-clock.fixture.js';
import { silent } from '../silent.fixture.js';
import { consumerProperties, mustBeIdempotent, producerProperties, propertyError } from './properties.js';

describe('addresses', () => {
  it('reads a list of hosts, each with a port or the usual one', () => {
    expect(bootstrapServers('kafka://one:9092')).toBe('one:9092');
    expect(bootstrapServers('kafka://one,two:19092/')).toBe('one:9092,two:19092');
    expect(bootstrapServers('kafka://[::1]:9093')).toBe('[::1]:9093');
  });

  it('refuses what is no list of hosts', () => {
    for (const broker of ['one:9092', 'kafka://', 'memory://', 'kafka://one,,two', 'kafka://user@one', 'kafka://one:port'])
      expect(() => bootstrapServers(broker)).toThrow(ConfigurationError);
  });
});

describe('properties', () => {
  it('puts keys where Java puts them, and waits for every replica', () => {
    expect(producerProperties(options())).toMatchObject({ partitioner: 'murmur2_random', 'enable.idempotence': true });
  });

  it('never lets librdkafka commit by itself', () => {
    expect(consumerProperties(options(), { group: 'g' }).properties).toMatchObject({
      'group.id': 'g',
      'enable.auto.commit': false,
      'enable.auto.offset.store': false,
      'auto.offset.reset': 'earliest',
      'isolation.level': 'read_committed',
      'partition.assignment.strategy': 'cooperative-sticky',
    });
  });

  it('begins where the user says, unless the caller knows better', () => {
    const latest = options({ 'auto.offset.reset': 'latest' });
    expect(consumerProperties(latest, { group: 'g' }).properties['auto.offset.reset']).toBe('latest');
    expect(consumerProperties(latest, { group: 'g', startAt: 'earliest' }).properties['auto.offset.reset']).toBe('earliest');
  });

  it('passes on what the user says, over its own defaults', () => {
    const given = { 'security.protocol': 'SASL_SSL', 'linger.ms': 50, 'ssl.ca.location': undefined };
    expect(producerProperties(options(given))).toMatchObject({ 'security.protocol': 'SASL_SSL', 'linger.ms': 50 });
    expect(producerProperties(options(given))).not.toHaveProperty('ssl.ca.location');
  });

  it('refuses what weir decides itself, and names what to use instead', () => {
    expect(() => producerProperties(options({ 'group.id': 'mine' }))).toThrow(
      "kafka['group.id']: expected the option `id` of the app, got 'mine'",
    );
    expect(() => producerProperties(options({ 'linger.ms': { ms: 5 } }))).toThrow(ConfigurationError);
  });

  it('leaves out under KIP-848 what the broker decides, and says where it went', () => {
    const { properties, warning } = consumerProperties(options({ 'group.protocol': 'consumer', 'session.timeout.ms': 6_000 }), {
      group: 'g',
    });
    expect(properties).not.toHaveProperty('session.timeout.ms');
    expect(properties).not.toHaveProperty('partition.assignment.strategy');
    expect(warning).toContain('session.timeout.ms (now: group.consumer.session.timeout.ms of the broker)');
    expect(consumerProperties(options({ 'group.protocol': 'consumer' }), { group: 'g' }).warning).toBeUndefined();
  });

  // librdkafka reads a number as far as it goes: `--kafka session.timeout.ms=30s` set 30 milliseconds.
  it('refuses a unit where librdkafka would leave it out', () => {
    for (const given of [{ 'session.timeout.ms': '30s' }, { 'linger.ms': 'soon' }, { 'message.max.bytes': '1MB' }])
      expect(() => producerProperties(options(given))).toThrow(/a number of (milliseconds|bytes).*librdkafka knows no units/);
    const given = { 'session.timeout.ms': '30000', 'linger.ms': '0.5', 'statistics.interval.ms': 0, 'client.rack': '30s' };
    expect(producerProperties(options(given))).toMatchObject(given);
  });

  // librdkafka said that `transactional.id` was wrong.
  it('asks for idempotence in transactions', () => {
    expect(() => mustBeIdempotent(producerProperties(options()))).not.toThrow();
    for (const given of [false, 'false'])
      expect(() => mustBeIdempotent(producerProperties(options({ 'enable.idempotence': given })))).toThrow("guarantee is 'exactly-once'");
  });

  it('does not show the value of a property that does not exist: it may be a misspelt password', () => {
    const fault = propertyError(new Error('No such configuration property: "sasl.psswrd"'), { 'sasl.psswrd': 'hunter2' });
    expect(fault).toMatchObject({ message: expect.stringContaining('such as sasl.password') });
    expect((fault as Error).message).not.toContain('hunter2');
  });

  it('does not show a secret that librdkafka repeats', () => {
    const message = 'Invalid value "hunter2" for configuration property "sasl.password"';
    expect((propertyError(new Error(message), { 'sasl.password': 'hunter2' }) as Error).message).not.toContain('hunter2');
  });

  it('names the option that librdkafka does not take', () => {
    expect(propertyError(new Error('No such configuration property: "foo.bar"'), { 'foo.bar': 1 })).toMatchObject({
      option: "kafka['foo.bar']",
    });
    expect(propertyError(new Error('Invalid value "abc" for configuration property "isolation.level"'), {})).toMatchObject({
      option: "kafka['isolation.level']",
    });
    const acks = new Error('Invalid value for configuration property "request.required.acks"');
    expect(propertyError(acks, { acks: 'banana' })).toMatchObject({ option: "kafka['acks']" });
    expect(propertyError({ message: '`max.poll.interval.ms`must be >= `session.timeout.ms`', code: -1 }, {})).toMatchObject({
      option: "kafka['max.poll.interval.ms']",
    });
    const other = new Error('something else');
    expect(propertyError(other, {})).toBe(other);
  });
});

function options(properties: Readonly<Record<string, unknown>> = {}): TransportOptions {
  return { broker: 'kafka://one', clientId: 'test', clock: new ManualClock(), logger: silent, properties };
}
