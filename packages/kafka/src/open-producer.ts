import type { ProducerOptions, TransportOptions } from '@weir/core/transport';
import { listen } from './client-log.js';
import { disconnect } from './close-producer.js';
import { connect } from './connect.js';
import type { LoadedDriver } from './driver.js';
import type { DriverProducer, DriverProperties } from './driver-types.js';
import { Gear } from './gear.js';
import { KafkaProducer } from './producer.js';
import { producerProperties, propertyError } from './properties.js';

const librdkafkaMessageMaxBytes = 1_000_000;

/** Opens a producer and makes sure that the broker answers. */
export async function openProducer(
  driver: LoadedDriver,
  options: TransportOptions,
  { transactionalId }: ProducerOptions,
  closed: () => void,
): Promise<KafkaProducer> {
  const properties = producerProperties(options);
  const isTransactional = transactionalId !== undefined;
  const first = await openClient(driver, options, {
    ...properties,
    // The failures of the hot gear come with the whole message; that costs nothing where there are none.
    ...(isTransactional ? { 'transactional.id': transactionalId, dr_cb: true } : { 'delivery.report.only.error': true, dr_msg_cb: true }),
  });
  const producer = new KafkaProducer({
    clock: options.clock,
    logger: options.logger,
    closed,
    messageMaxBytes: Number(properties['message.max.bytes'] ?? librdkafkaMessageMaxBytes),
    first: (events) => new Gear(isTransactional, { ...events, driver: first }),
    openReporting: async (events) =>
      new Gear(true, { ...events, driver: await openClient(driver, options, { ...properties, dr_cb: true }) }),
  });
  try {
    await producer.transactions?.init();
  } catch (thrown) {
    await disconnect(first, options.clock);
    throw thrown;
  }
  return producer;
}

/** A connected client of the driver, whose reports come by themselves. */
export async function openClient(driver: LoadedDriver, options: TransportOptions, properties: DriverProperties): Promise<DriverProducer> {
  const client = make(driver, properties);
  await connect(client, listen(client, 'producer', options.logger, options.clock), options.clock, properties);
  client.setPollInBackground(true);
  return client;
}

function make(driver: LoadedDriver, properties: DriverProperties): DriverProducer {
  try {
    return new driver.Producer(properties);
  } catch (thrown) {
    throw propertyError(thrown, properties);
  }
}
