import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SystemClock } from '@weir/core/internal/time';
import { type StartedKafka, startKafka } from '../../../../scripts/kafka.mjs';
import { open } from '../open.js';
import { silent } from '../silent.fixture.js';

const limitMs = 60_000;

/** On a broker of its own, with a listener that wants TLS and SCRAM-SHA-512. */
describe('TLS and SASL', () => {
  let kafka: StartedKafka;
  beforeAll(async () => {
    kafka = await startKafka({ sasl: true });
  }, limitMs);
  afterAll(() => kafka?.stop(), limitMs);

  it(
    'writes and reads with the right password and certificate',
    async () => {
      const transport = await open(options());
      const producer = await transport.producer();
      expect(await producer.send({ topic: 'secret', key: 'k', value: 'v', partition: 0 })).toEqual({
        topic: 'secret',
        partition: 0,
        offset: 0,
      });
      const reader = await transport.reader();
      await reader.add([{ topic: 'secret', partition: 0, offset: 'earliest' }]);
      let batches = await reader.poll();
      while (batches.length === 0) batches = await reader.poll();
      expect(batches[0]!.valueText(0)).toBe('v');
      await transport.close();
    },
    limitMs,
  );

  it(
    'says that the broker refuses a wrong password',
    async () => {
      await expect(open(options({ 'sasl.password': 'wrong' }))).rejects.toMatchObject({
        code: 'AUTHENTICATION_FAILED',
        message: expect.stringContaining('kafka: {…}'),
      });
    },
    limitMs,
  );

  it(
    'says that the certificate is not trusted',
    async () => {
      await expect(open(options({ 'ssl.ca.location': undefined }))).rejects.toMatchObject({
        code: 'AUTHENTICATION_FAILED',
        message: expect.stringContaining('certificate'),
      });
    },
    limitMs,
  );

  // Each of these said that no broker answers, and to start one; the cause was to be had with --debug only.
  it.each<[what: string, others: Readonly<Record<string, unknown>>, option: string, expected: string]>([
    ['a mechanism in lower case', { 'sasl.mechanisms': 'scram-sha-512' }, 'sasl.mechanisms', 'in capitals'],
    ['a mechanism that the broker does not have', { 'sasl.mechanisms': 'PLAIN' }, 'sasl.mechanisms', 'the broker has: SCRAM-SHA-512'],
    ['no mechanism', { 'sasl.mechanisms': undefined }, 'sasl.mechanisms', 'a mechanism'],
    ['no password', { 'sasl.password': undefined }, 'sasl.password', 'a value'],
    ['no user', { 'sasl.username': undefined }, 'sasl.username', 'a value'],
    ['a file that is not there', { 'ssl.ca.location': '/nowhere/ca.pem' }, 'ssl.ca.location', 'a file that exists'],
    ['a file that holds no certificate', { 'ssl.ca.location': fileURLToPath(import.meta.url) }, 'ssl.ca.location', 'OpenSSL can read'],
    ['a client without TLS', { 'security.protocol': undefined }, 'security.protocol', 'speaks TLS'],
    ['a client that logs in without TLS', { 'security.protocol': 'SASL_PLAINTEXT' }, 'security.protocol', 'speaks TLS'],
  ])(
    'names the property that is wrong: %s',
    async (_, others, option, expected) => {
      await expect(open(options(others))).rejects.toMatchObject({
        ...{ code: 'OPTION_INVALID', option: `kafka['${option}']`, message: expect.stringContaining(expected) },
      });
    },
    limitMs,
  );

  it.each(['SSL', 'SASL_SSL'])(
    'names the protocol of a client that speaks TLS to a broker that does not: %s',
    async (protocol) => {
      const given = { ...options({ 'security.protocol': protocol }), broker: `kafka://${kafka.brokers}` };
      await expect(open(given)).rejects.toMatchObject({
        ...{ code: 'OPTION_INVALID', option: "kafka['security.protocol']", message: expect.stringContaining('does not speak TLS') },
      });
    },
    limitMs,
  );

  it(
    'says that the broker hangs up on a client that does not log in',
    async () => {
      await expect(open(options({ 'security.protocol': 'SSL' }))).rejects.toMatchObject({
        ...{ code: 'AUTHENTICATION_FAILED', message: expect.stringContaining('does not log in. Set security.protocol to SASL_SSL') },
      });
    },
    limitMs,
  );

  function options(others: Readonly<Record<string, unknown>> = {}) {
    const { brokers, ca, username, password } = kafka.sasl!;
    return {
      broker: `kafka://${brokers}`,
      clientId: 'secret',
      clock: new SystemClock(),
      logger: silent,
      properties: {
        'security.protocol': 'SASL_SSL',
        'sasl.mechanisms': 'SCRAM-SHA-512',
        'sasl.username': username,
        'sasl.password': password,
        'ssl.ca.location': ca,
        ...others,
      },
    };
  }
});
