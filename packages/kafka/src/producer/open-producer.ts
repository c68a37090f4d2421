import type { ProducerOptions, TransportOptions } from '@weir/core/internal/transport';
import { listen } from '../driver/client-log.js';
import { connect } from '../driver/connect.js';
import type { LoadedDriver, Natives } from '../driver/driver.js';
import type { DriverProducer, DriverProperties } from '../driver/driver-types.js';
import { mustBeIdempotent, producerProperties, propertyError } from '../driver/properties.js';
import { attach, connected, type Made } from '../fast/attach.js';
import { FastGear } from '../fast/fast-gear.js';
import type { FastPath } from '../fast/native.js';
import { disconnect } from './close-producer.js';
import { DriverGear } from './gear.js';
import { KafkaProducer } from './producer.js';

const librdkafkaMessageMaxBytes = 1_000_000;

/** Opens a producer and makes sure that the broker answers. */
export async function openProducer(
  { driver, fastPath }: Natives,
  options: TransportOptions,
  given: ProducerOptions,
  closed: () => void,
): Promise<KafkaProducer> {
  const { transactionalId, transactionTimeoutMs } = given;
  const properties = producerProperties(options);
  const isTransactional = transactionalId !== undefined;
  if (isTransactional) mustBeIdempotent(properties);
  const timeout = transactionTimeoutMs !== undefined && { 'transaction.timeout.ms': transactionTimeoutMs };
  const wanted = { ...timeout, ...properties, ...(isTransactional && { 'transactional.id': transactionalId }) };
  const open = (reporting: DriverProperties, via?: FastPath) => openClient(driver, options, { ...wanted, ...reporting }, via);
  const reportsAll = { dr_cb: true };
  // The failures of the hot gear come with the whole message; that costs nothing where there are none.
  const reportsFailures = { 'delivery.report.only.error': true, dr_msg_cb: true };
  const fast = fastPath && (await open({ 'delivery.report.only.error': true }, fastPath));
  const attached = connected(fast?.attached);
  // The addon was made known to the client, and yet it was not told of it.
  if (fast !== undefined && attached === undefined) await disconnect(fast.client, options.clock);
  const first = attached === undefined ? (await open(isTransactional ? reportsAll : reportsFailures)).client : fast!.client;
  let isOpen = false;
  const producer = new KafkaProducer({
    clock: options.clock,
    logger: options.logger,
    closed: () => isOpen && closed(),
    messageMaxBytes: Number(properties['message.max.bytes'] ?? librdkafkaMessageMaxBytes),
    isTransactional,
    first: (events) => {
      if (attached !== undefined) return new FastGear({ ...events, driver: first, attached });
      return new DriverGear(isTransactional ? 'all' : 'failures', { ...events, driver: first });
    },
    openReporting: async (events) => new DriverGear('all', { ...events, driver: (await open(reportsAll)).client }),
  });
  try {
    await producer.transactions?.init();
  } catch (thrown) {
    await producer.close();
    throw thrown;
  }
  isOpen = true;
  return producer;
}

/** A connected client of the driver, whose reports come by themselves. */
export async function openClient(
  driver: LoadedDriver,
  options: TransportOptions,
  properties: DriverProperties,
  fastPath?: FastPath,
): Promise<Made<DriverProducer>> {
  const made = attach(fastPath, true, properties, (each) => make(driver, each));
  const { client } = made;
  await connect(client, listen(client, 'producer', options.logger, options.clock), options.clock, properties);
  client.setPollInBackground(true);
  return made;
}

function make(driver: LoadedDriver, properties: DriverProperties): DriverProducer {
  try {
    return new driver.Producer(properties);
  } catch (thrown) {
    throw propertyError(thrown, properties);
  }
}
