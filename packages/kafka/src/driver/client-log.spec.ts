import { EventEmitter } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { report } from '../consumer/reports.js';
import { ManualClock } from '../manual-clock.fixture.js';
import { listen } from './client-log.js';
import type { DriverClient } from './driver-types.js';
import { codes, destination, hasCode, transportError } from './errors.js';

describe('what a client says', () => {
  it('is one line for each kind in half a minute, with what was left out', async () => {
    const { client, lines, clock } = make();
    for (let count = 0; count < 100; count++) client.emit('event.error', { message: 'all broker connections are down', code: -1 });
    client.emit('event.error', { message: 'broker transport failure', code: -1 });
    await clock.advance(30_000);
    client.emit('event.error', { message: 'all broker connections are down', code: -1 });
    expect(lines).toEqual([
      'warn Kafka client: all broker connections are down',
      'warn Kafka client: broker transport failure',
      'warn Kafka client: all broker connections are down (99 more)',
    ]);
  });

  it('leaves out that consumers ignore what producers need', () => {
    const { client, lines } = make();
    const message = '[thrd:app]: Configuration property linger.ms is a producer property and will be ignored by this consumer instance';
    client.emit('event.log', { severity: 4, fac: 'CONFWARN', message });
    expect(lines).toEqual([]);
  });

  it('remembers a refused login', () => {
    const { client, log } = make();
    client.emit('event.log', { severity: 3, fac: 'FAIL', message: '[thrd:x]: x: Connect to x failed: Connection refused' });
    expect([log.refusal, log.failure]).toEqual([undefined, 'x: Connect to x failed: Connection refused']);
    client.emit('event.log', {
      severity: 3,
      fac: 'FAIL',
      message: 'x: SASL authentication error: Authentication failed: Invalid username or password',
    });
    expect(log.refusal).toContain('Authentication failed');
  });
});

describe('errors of the driver', () => {
  it('tells what may be tried again from what ends the client', () => {
    expect(transportError({ message: 'timed out', code: codes.timedOut }, 'cannot ask', 'BROKER_UNREACHABLE')).toMatchObject({
      code: 'BROKER_UNREACHABLE',
      retriable: true,
      fatal: false,
    });
    expect(transportError({ message: 'fatal', code: codes.fatal }, 'cannot send', 'DELIVERY_FAILED')).toMatchObject({
      code: 'CLIENT_FATAL',
      fatal: true,
    });
    expect(transportError({ message: 'fenced', code: codes.fenced, isFatal: true }, 'cannot commit', 'TRANSACTION_ABORTED')).toMatchObject({
      code: 'PRODUCER_FENCED',
      fatal: false,
    });
    expect(transportError({ message: 'auth', code: codes.saslAuthentication }, 'cannot ask', 'BROKER_UNREACHABLE').code).toBe(
      'AUTHENTICATION_FAILED',
    );
  });

  it('adds the remedy where the code has one', () => {
    expect(transportError({ message: 'not authorized', code: codes.topicForbidden }, 'cannot send', 'DELIVERY_FAILED').message).toContain(
      'Grant',
    );
  });

  // "Broker failed to validate record", "Unknown partition" and "Inconsistent group protocol" were all that was said.
  it.each([
    [codes.invalidRecord, 'takes no message without a key'],
    [codes.unknownPartition, 'There is no such partition'],
    [codes.inconsistentProtocol, 'stop them all'],
    [codes.fencedInstance, '--member'],
  ])('says what to do about %i', (code, remedy) => {
    expect(transportError({ message: 'no', code }, 'cannot send', 'DELIVERY_FAILED').message).toContain(remedy);
  });

  // With `auto.offset.reset: 'error'` the worker read nothing, and said so in a warning.
  it.each([codes.noOffset, codes.noReset])('ends the worker where nothing says where to begin: %i', (code) => {
    const { log } = make();
    expect(report({ message: 'no offset', code }, log)).toMatchObject({ code: 'OFFSET_MISSING', fatal: true });
  });

  it('names the partition where it is that which is wrong', () => {
    expect(destination({ code: codes.unknownPartition }, 'orders', 99)).toBe('partition 99 of topic "orders"');
    expect(destination({ code: codes.messageTooLarge }, 'orders', 99)).toBe('topic "orders"');
    expect(destination({ code: codes.unknownPartition }, 'orders', null)).toBe('topic "orders"');
  });

  it('knows a code wherever it is', () => {
    expect(hasCode(Object.assign(new Error('full'), { code: codes.queueFull }), codes.queueFull)).toBe(true);
    expect(hasCode(undefined, codes.queueFull)).toBe(false);
  });
});

function make() {
  const clock = new ManualClock();
  const client = new EventEmitter() as DriverClient;
  const lines: string[] = [];
  const write = (level: string) => (fields: { readonly repeated?: number }, message: string) =>
    lines.push(`${level} ${message}${fields.repeated === undefined ? '' : ` (${fields.repeated} more)`}`);
  const logger = { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
  const log = listen(client, 'test', logger as unknown as Parameters<typeof listen>[2], clock);
  return { client, lines, log, clock };
}
