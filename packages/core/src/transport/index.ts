export type { Admin, GroupState, NewTopic, TopicInfo } from './admin.js';
export { askAdmin } from './ask-admin.js';
export type { Batch } from './batch.js';
export type {
  AssignmentListener,
  Consumer,
  ConsumerOptions,
  GroupPosition,
  Membership,
  MembershipNotes,
  Watermarks,
} from './consumer.js';
export { DeliveryError } from './delivery-error.js';
export {
  type Faults,
  MemoryBroker,
  type MemoryBrokerOptions,
  type MemoryTransport,
  type MemoryTransportOptions,
  openMemory,
  type StoredMessage,
} from './memory/index.js';
export { murmur2, partitionFor } from './murmur2.js';
export { type HeaderPair, type Payload, payloadBytes } from './payload.js';
export { type PreparedTopic, PreparingProducer } from './preparing-producer.js';
export type { FailedDelivery, Outgoing, Producer, ProducerOptions, Transactions } from './producer.js';
export type { LogEnds, Reader, ReaderOptions, StartPosition } from './reader.js';
export { Sending } from './sending.js';
export { SharedTransport } from './shared-transport.js';
export { type Subscription, takesIn } from './subscription.js';
export { TopicSets } from './topic-sets.js';
export type { Abilities, OpenTransport, Transport, TransportOptions } from './transport.js';
export { type Unanswered, untilAnswered } from './until-answered.js';
