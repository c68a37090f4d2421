import type { ReaderOptions, TransportOptions } from '@weir/core/internal/transport';
import { makeConsumer } from '../consumer/open-consumer.js';
import { DriverSource, FastSource } from '../consumer/source.js';
import { listen } from '../driver/client-log.js';
import { connect } from '../driver/connect.js';
import type { Natives } from '../driver/driver.js';
import type { DriverAdmin, DriverProperties } from '../driver/driver-types.js';
import { ungroupedProperties } from '../driver/properties.js';
import { attach, connected } from '../fast/attach.js';
import { KafkaReader } from './kafka-reader.js';

export interface OpeningReader {
  readonly natives: Natives;
  readonly options: TransportOptions;
  readonly reader: ReaderOptions;
  /** Asks for the ends of logs. */
  readonly admin: DriverAdmin;
  readonly closed: () => void;
}

/** Opens a reader and makes sure that the broker answers. */
export async function openReader({ natives, options, reader, admin, closed }: OpeningReader): Promise<KafkaReader> {
  const { clock, logger } = options;
  const opened = new KafkaReader({ ...reader, clock, logger, admin, closed });
  const properties = readerProperties(options, reader);
  const { client, attached } = attach(natives.fastPath, false, { ...properties, ...opened.callbacks }, (given) =>
    makeConsumer(natives.driver, given),
  );
  const log = listen(client, 'reader', logger, clock);
  opened.use(client, log);
  await connect(client, log, clock, properties);
  const served = connected(attached);
  opened.readFrom(served === undefined ? new DriverSource(client) : new FastSource(served));
  return opened;
}

/** What the user may set for consumers and means nothing to a reader, or would have it read otherwise than it was told. */
const others: readonly string[] = [
  ...['auto.offset.reset', 'isolation.level', 'max.poll.interval.ms', 'partition.assignment.strategy'],
  ...['group.protocol', 'group.protocol.type', 'group.remote.assignor', 'session.timeout.ms', 'heartbeat.interval.ms'],
];

/** The properties of a reader. */
export function readerProperties(options: TransportOptions, { isolation }: ReaderOptions): DriverProperties {
  const given = Object.entries(options.properties).filter(([name]) => !others.includes(name));
  return {
    ...ungroupedProperties({ ...options, properties: Object.fromEntries(given) }),
    'isolation.level': isolation === 'uncommitted' ? 'read_uncommitted' : 'read_committed',
    // A place that is not there is an error: nothing is skipped in silence.
    'auto.offset.reset': 'error',
    // How a reader knows where it stands beyond what is hidden.
    'enable.partition.eof': true,
  };
}
