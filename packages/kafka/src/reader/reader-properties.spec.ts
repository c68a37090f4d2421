import { describe, expect, it } from '@jest/globals';
import type { TransportOptions } from '@weir/core/internal/transport';
import { readerProperties } from './open-reader.js';

const options = (properties: Readonly<Record<string, unknown>>) =>
  ({ broker: 'kafka://localhost:9092', clientId: 'shop', properties }) as TransportOptions;

describe('the properties of a reader', () => {
  it('let it know the end, and jump nowhere, whatever is set for consumers', () => {
    const properties = { 'auto.offset.reset': 'latest', 'isolation.level': 'read_uncommitted', 'group.protocol': 'consumer' };
    const given = readerProperties(options(properties), {});
    expect(given).toMatchObject({
      ...{ 'auto.offset.reset': 'error', 'enable.partition.eof': true, 'isolation.level': 'read_committed' },
      ...{ 'enable.auto.commit': false, 'enable.auto.offset.store': false, 'group.id': 'shop-without-group' },
    });
    expect(given).not.toHaveProperty(['group.protocol']);
    expect(readerProperties(options({}), { isolation: 'uncommitted' })).toMatchObject({ 'isolation.level': 'read_uncommitted' });
  });

  it('take over how the broker is reached and how much is fetched', () => {
    const properties = { 'security.protocol': 'SSL', 'fetch.max.bytes': 1_000_000, 'session.timeout.ms': 6_000 };
    const given = readerProperties(options(properties), {});
    expect(given).toMatchObject({ 'security.protocol': 'SSL', 'fetch.max.bytes': 1_000_000, 'client.id': 'shop' });
    expect(given).not.toHaveProperty(['session.timeout.ms']);
  });
});
