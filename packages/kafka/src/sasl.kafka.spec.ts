import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SystemClock } from '@weir/core/time';
import { type StartedKafka, startKafka } from '../../../scripts/kafka.mjs';
import { open } from './open.js';
import { silent } from './silent.contract.js';

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
      const consumer = await transport.consumer({ group: null });
      await consumer.assign([{ topic: 'secret', partition: 0, offset: 'earliest' }]);
      let batches = await consumer.poll();
      while (batches.length === 0) batches = await consumer.poll();
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
