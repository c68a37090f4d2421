import type { OpenTransport } from '@weir/core/internal/transport';
import { bootstrapServers } from './address.js';
import { loadDriver } from './driver/driver.js';
import { KafkaTransport } from './transport.js';

/** Opens `kafka://host:port,host:port`. Loads the native driver, and makes sure that the broker answers. */
export const open: OpenTransport = async (options) => {
  bootstrapServers(options.broker);
  return KafkaTransport.open(await loadDriver(), options);
};
