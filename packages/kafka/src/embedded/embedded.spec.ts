import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SystemClock } from '@weir/core/internal/time';
import { open } from '../open.js';
import { silent } from '../silent.fixture.js';
import { type EmbeddedBroker, startEmbeddedBroker } from './embedded.js';

describe('the embedded broker', () => {
  let broker: EmbeddedBroker;
  beforeAll(async () => {
    broker = await startEmbeddedBroker();
  });
  afterAll(() => broker.close());

  it('says what it cannot do', async () => {
    const transport = await open(options(broker.url));
    expect(transport.abilities).toEqual({ createTopics: false, transactions: false });
    expect(transport.description).toMatch(/^kafka-javascript [\d.]+, librdkafka [\d.]+(, fast path)?$/);
    await transport.close();
  });

  it('creates topics with four partitions and says when others were asked for', async () => {
    const lines: string[] = [];
    const transport = await open({
      ...options(broker.url),
      logger: { ...silent, warn: (line: string) => lines.push(line) } as unknown as typeof silent,
    });
    const admin = await transport.admin();
    await admin.create([
      { name: 'as-asked', partitions: 4, replicas: -1, config: {} },
      { name: 'others', partitions: 7, replicas: -1, config: {} },
    ]);
    expect(await admin.topics()).toEqual([
      { name: 'as-asked', partitions: 4 },
      { name: 'others', partitions: 4 },
    ]);
    expect(lines.filter((line) => line.includes('others (7)'))).toHaveLength(1);
    await transport.close();
  });

  it('refuses to change topics', async () => {
    const transport = await open(options(broker.url));
    const admin = await transport.admin();
    await expect(admin.alterConfigs('orders', { 'retention.ms': '1' })).rejects.toMatchObject({
      code: 'OPERATION_UNSUPPORTED',
      message: expect.stringContaining('cannot change the settings of topics'),
    });
    await expect(admin.addPartitions('orders', 8)).rejects.toMatchObject({ code: 'OPERATION_UNSUPPORTED' });
    await transport.close();
  });

  it('names the port that is taken', async () => {
    await expect(startEmbeddedBroker({ port: broker.port })).rejects.toMatchObject({ code: 'BROKER_UNREACHABLE' });
  });

  it('closes twice', async () => {
    const other = await startEmbeddedBroker();
    await other.close();
    await other.close();
  });
});

describe('opening', () => {
  it('names the option that librdkafka does not know', async () => {
    await expect(open({ ...options('kafka://127.0.0.1:1'), properties: { 'no.such': 1 } })).rejects.toMatchObject({
      option: "kafka['no.such']",
    });
  });

  it('names the address where no broker answers, and the remedy', async () => {
    await expect(open(options('kafka://127.0.0.1:1'))).rejects.toMatchObject({
      code: 'BROKER_UNREACHABLE',
      retriable: true,
      message: expect.stringMatching(/127\.0\.0\.1:1 .*Start one/),
    });
  }, 30_000);
});

function options(broker: string) {
  return { broker, clientId: 'test', clock: new SystemClock(), logger: silent, properties: {} };
}
