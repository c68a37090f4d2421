import type { OpenTransport } from '../transport.js';
import { MemoryBroker } from './memory-broker.js';

/** Opens a transport to the broker that this process shares under the URL. */
export const openMemory: OpenTransport = async ({ broker, clientId, clock }) => MemoryBroker.at(broker, clock).transport({ clientId });
