import type { Clock } from '@weir/core/internal/time';
import type { ConsumerOptions, TransportOptions } from '@weir/core/internal/transport';
import { called } from '../driver/calls.js';
import { listen } from '../driver/client-log.js';
import { connect } from '../driver/connect.js';
import type { LoadedDriver, Natives } from '../driver/driver.js';
import type { DriverConsumer, DriverProperties } from '../driver/driver-types.js';
import { consumerProperties, propertyError, ungroupedProperties } from '../driver/properties.js';
import { attach, connected, type Made } from '../fast/attach.js';
import { GroupOffsets } from '../group/group-offsets.js';
import { KafkaConsumer } from './consumer.js';
import { DriverSource, FastSource } from './source.js';

const serveMs = 1_000;
const servedMax = 1_000;

/** Opens a consumer and makes sure that the broker answers. */
export async function openConsumer(
  { driver, fastPath }: Natives,
  options: TransportOptions,
  consumer: ConsumerOptions,
  closed: () => void,
): Promise<KafkaConsumer> {
  const { properties, warning } = consumerProperties(options, consumer);
  if (warning !== undefined) options.logger.warn(warning);
  const { clock, logger } = options;
  const opened = new KafkaConsumer({
    ...consumer,
    clock,
    logger,
    closed,
    groupOffsets: new GroupOffsets({
      member: () => client,
      warn: (message) => log.warn('group-offsets', message),
    }),
    properties,
  });
  const { client, attached } = attach(fastPath, false, { ...properties, ...opened.callbacks }, (given) => makeConsumer(driver, given));
  const log = listen(client, 'consumer', logger, clock);
  opened.use(client, log);
  await connect(client, log, clock, properties);
  const served = connected(attached);
  opened.readFrom(served === undefined ? new DriverSource(client) : new FastSource(served));
  return opened;
}

/** A client that only asks: for topics, and through which topics are created. */
export async function openAsking({ driver, fastPath }: Natives, options: TransportOptions): Promise<Made<DriverConsumer>> {
  const properties = ungroupedProperties(options);
  const made = attach(fastPath, false, properties, (given) => makeConsumer(driver, given));
  const { client } = made;
  await connect(client, listen(client, 'admin', options.logger, options.clock), options.clock, properties);
  keepServed(client, options.clock);
  return made;
}

/** Takes from its queue what a client reports: while the broker is down that is dozens of errors a second. */
function keepServed(client: DriverConsumer, clock: Clock): void {
  client.setDefaultConsumeTimeout(0);
  let cancel = (): void => undefined;
  const serve = (): void => {
    if (!client.isConnected()) return;
    called(client, (done) => client.consume(servedMax, done)).then(again, again);
  };
  const again = (): void => {
    cancel = clock.after(serveMs, serve);
  };
  client.once('disconnected', () => cancel());
  serve();
}

export function makeConsumer(driver: LoadedDriver, properties: DriverProperties): DriverConsumer {
  try {
    return new driver.KafkaConsumer(properties);
  } catch (thrown) {
    throw propertyError(thrown, properties);
  }
}
