import type { Logger } from 'pino';
import type { Clock } from '../time/index.js';
import type { Admin } from './admin.js';
import type { Consumer, ConsumerOptions } from './consumer.js';
import type { Producer, ProducerOptions } from './producer.js';
import type { Reader, ReaderOptions } from './reader.js';

/** A broker as the worker sees it. Opening anything checks that the broker answers and rejects with `BROKER_UNREACHABLE` when it does not. */
export interface Transport {
  /** What the banner says, such as `kafka-javascript 1.10.1, librdkafka 2.15.1`. */
  readonly description: string;
  /** What this broker cannot do, so that the caller can say so before it tries. */
  readonly abilities: Abilities;
  consumer(options: ConsumerOptions): Promise<Consumer>;
  reader(options?: ReaderOptions): Promise<Reader>;
  producer(options?: ProducerOptions): Promise<Producer>;
  admin(): Promise<Admin>;
  /** Closes what `consumer`, `reader`, `producer` and `admin` opened and is still open. */
  close(): Promise<void>;
}

export interface Abilities {
  /** Topics can be created with a number of partitions and settings. */
  readonly createTopics: boolean;
  /** Transactions hide what was not committed. */
  readonly transactions: boolean;
  /** The broker ends with this process: nothing that could be found again outlives a crash. @default false */
  readonly inProcess?: boolean;
}

/** What every transport is opened with. */
export interface TransportOptions {
  /** `kafka://host:port,host:port` or `memory://name`. */
  readonly broker: string;
  /** Names the clients in the broker's logs. */
  readonly clientId: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** librdkafka properties, handed through as they are (`kafka: {…}` of the app). */
  readonly properties: Readonly<Record<string, unknown>>;
}

/** Opens a transport. A package that offers one exports a function of this type named `open`. */
export type OpenTransport = (options: TransportOptions) => Promise<Transport>;
