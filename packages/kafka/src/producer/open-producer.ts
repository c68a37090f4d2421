import type { Clock } from '@weir/core/internal/time';
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
import { DriverGear, type Gear } from './gear.js';
import type { GearEvents } from './gears.js';
import { KafkaProducer } from './producer.js';
import { takeOver } from './transactions.js';

const librdkafkaMessageMaxBytes = 1_000_000;

/** Opens a producer and makes sure that the broker answers. */
export async function openProducer(
  { driver, fastPath }: Natives,
  options: TransportOptions,
  given: ProducerOptions,
  closed: () => void,
): Promise<KafkaProducer> {
  const { transactionalId, isSole = false, transactionTimeoutMs } = given;
  const properties = producerProperties(options);
  const isTransactional = transactionalId !== undefined;
  if (isTransactional) mustBeIdempotent(properties);
  const timeout = transactionTimeoutMs !== undefined && { 'transaction.timeout.ms': transactionTimeoutMs };
  const wanted = { ...timeout, ...properties, ...(isTransactional && { 'transactional.id': transactionalId }) };
  const open = (reporting: DriverProperties, via?: FastPath) => openClient(driver, options, { ...wanted, ...reporting }, via);
  const reportsAll = { dr_cb: true };
  // The failures of the hot gear come with the whole message; that costs nothing where there are none.
  const reportsFailures = { 'delivery.report.only.error': true, dr_msg_cb: true };
  const openFirst = async (): Promise<(events: GearEvents) => Gear> => {
    const fast = fastPath && (await open({ 'delivery.report.only.error': true }, fastPath));
    const attached = connected(fast?.attached);
    // The addon was made known to the client, and yet it was not told of it.
    if (fast !== undefined && attached === undefined) await disconnect(fast.client, options.clock);
    const first = attached === undefined ? (await open(isTransactional ? reportsAll : reportsFailures)).client : fast!.client;
    if (isTransactional) await takenOver(first, options.clock);
    return (events) => {
      if (attached !== undefined) return new FastGear({ ...events, driver: first, attached });
      return new DriverGear(isTransactional ? 'all' : 'failures', { ...events, driver: first });
    };
  };
  return new KafkaProducer({
    ...{ clock: options.clock, logger: options.logger, closed, isTransactional },
    messageMaxBytes: Number(properties['message.max.bytes'] ?? librdkafkaMessageMaxBytes),
    first: await openFirst(),
    ...(isSole && { renewed: openFirst }),
    openReporting: async (events) => new DriverGear('all', { ...events, driver: (await open(reportsAll)).client }),
  });
}

/** The client has its transactional id; it is closed where it cannot have it. */
async function takenOver(driver: DriverProducer, clock: Clock): Promise<void> {
  try {
    await takeOver(driver);
  } catch (thrown) {
    await disconnect(driver, clock);
    throw thrown;
  }
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
