export type { MemoryBrokerOptions } from './cluster.js';
export type { Faults } from './faults.js';
export { MemoryBroker, type StoredMessage } from './memory-broker.js';
export type { MemoryTransport, MemoryTransportOptions } from './memory-transport.js';
export { openMemory } from './open-memory.js';
