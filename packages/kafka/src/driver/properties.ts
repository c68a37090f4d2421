import { ConfigurationError, isSecret, nearest } from '@weir/core/internal/errors';
import type { ConsumerOptions, TransportOptions } from '@weir/core/internal/transport';
import { bootstrapServers } from '../address.js';
import type { DriverError, DriverProperties } from './driver-types.js';
import { knownProperties } from './known-properties.js';

/** Properties that weir sets itself, and what to use instead. */
const reserved: Readonly<Record<string, string>> = {
  'bootstrap.servers': 'the option `broker`',
  'metadata.broker.list': 'the option `broker`',
  'group.id': 'the option `id` of the app',
  'group.instance.id': 'a stable member id of the worker',
  'transactional.id': "`guarantee: 'exactly-once'`",
  'enable.auto.commit': 'nothing: offsets are committed when events are finished',
  'enable.auto.offset.store': 'nothing: offsets are committed when events are finished',
  'enable.partition.eof': 'nothing: the end of a partition is known from its watermarks',
  'delivery.report.only.error': 'nothing: weir decides which deliveries are reported',
  dr_cb: 'nothing: weir listens to deliveries',
  dr_msg_cb: 'nothing: weir listens to deliveries',
  rebalance_cb: 'nothing: weir hands partitions over itself',
  offset_commit_cb: 'nothing: weir listens to commits',
};

/** What all clients share; the user's own come last and win. */
function shared(options: TransportOptions, defaults: DriverProperties): DriverProperties {
  return {
    'bootstrap.servers': bootstrapServers(options.broker),
    'client.id': options.clientId,
    // librdkafka's 10 s would leave a worker idle for long after the broker is back.
    'reconnect.backoff.max.ms': 2_000,
    'socket.keepalive.enable': true,
    ...defaults,
    ...userProperties(options.properties),
  };
}

/** The user's properties, checked for what weir needs for itself and for values that librdkafka cannot take. */
function userProperties(properties: Readonly<Record<string, unknown>>): DriverProperties {
  const result: DriverProperties = {};
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined) continue;
    if (Object.hasOwn(reserved, name)) throw new ConfigurationError(`kafka['${name}']`, value, reserved[name]!);
    if (!['string', 'number', 'boolean', 'function'].includes(typeof value))
      throw new ConfigurationError(`kafka['${name}']`, value, 'a string, a number, a boolean or a callback');
    checkNumber(name, value);
    result[name] = value;
  }
  return result;
}

/** librdkafka reads a number as far as it goes: `30s` would be 30 milliseconds. */
function checkNumber(name: string, value: unknown): void {
  const [, unit] = /\.(ms|bytes|kbytes|messages)$/.exec(name) ?? [];
  if (unit === undefined || typeof value !== 'string' || /^-?\d+(\.\d+)?$/.test(value.trim())) return;
  const example = unit === 'ms' ? ' of milliseconds, such as 30000 for 30 s' : ` of ${unit}`;
  throw new ConfigurationError(`kafka['${name}']`, value, `a number${example}: librdkafka knows no units`);
}

/** Settings of the classic protocol that the broker decides under KIP-848, and where they went. */
const brokerSide: Readonly<Record<string, string>> = {
  'session.timeout.ms': 'group.consumer.session.timeout.ms of the broker',
  'heartbeat.interval.ms': 'group.consumer.heartbeat.interval.ms of the broker',
  'partition.assignment.strategy': 'group.remote.assignor',
  'group.protocol.type': 'nothing',
};

export interface ConsumerProperties {
  readonly properties: DriverProperties;
  /** A sentence for the log: settings that were left out. */
  readonly warning?: string;
}

/** The properties of a consumer. */
export function consumerProperties(options: TransportOptions, consumer: ConsumerOptions): ConsumerProperties {
  const given = Object.keys(options.properties);
  const properties = shared(options, {
    'auto.offset.reset': 'earliest',
    'isolation.level': 'read_committed',
    // With librdkafka's 1 s a fast consumer stands still most of the time (librdkafka #2879).
    'fetch.queue.backoff.ms': 2,
    // A broker is asked one thing at a time: a partition that is assigned or rewound waits until it has answered for those that have nothing to give.
    'fetch.wait.max.ms': 100,
    'queued.min.messages': 10_000,
    'queued.max.messages.kbytes': 65_536,
    // How soon topics that are created later are found; librdkafka's is five minutes.
    'topic.metadata.refresh.interval.ms': 10_000,
    ...assignment(options),
  });
  Object.assign(properties, {
    'group.id': consumer.group,
    'enable.auto.commit': false,
    'enable.auto.offset.store': false,
    ...(consumer.startAt !== undefined && { 'auto.offset.reset': consumer.startAt }),
  });
  const isByBroker = properties['group.protocol'] === 'consumer';
  // Whoever is killed and started again is let in under its name only when its session has ended: worth it only for a membership that is kept over a stop, too.
  if (consumer.member !== undefined && !(isByBroker && consumer.leaves)) properties['group.instance.id'] = consumer.member;
  if (!isByBroker) return { properties };
  const left = given.filter((name) => Object.hasOwn(brokerSide, name));
  for (const name of Object.keys(brokerSide)) delete properties[name];
  if (left.length === 0) return { properties };
  const moved = left.map((name) => `${name} (now: ${brokerSide[name]})`).join(', ');
  return { properties, warning: `with group.protocol=consumer the broker decides; left out: ${moved}` };
}

/** The properties of a client that joins no group. The driver wants the name of one all the same; nothing is ever committed to it. */
export function ungroupedProperties(options: TransportOptions): DriverProperties {
  return consumerProperties(options, { group: `${options.clientId}-without-group` }).properties;
}

function assignment(options: TransportOptions): DriverProperties {
  // A member that misses an answer of the broker keeps its partitions from the others for so long; librdkafka's is five minutes.
  if (options.properties['group.protocol'] === 'consumer') return { 'max.poll.interval.ms': 60_000 };
  return { 'partition.assignment.strategy': 'cooperative-sticky' };
}

/** The properties of a producer. */
export function producerProperties(options: TransportOptions): DriverProperties {
  return shared(options, {
    // As Java's client does it; librdkafka's own default puts keys elsewhere.
    partitioner: 'murmur2_random',
    'enable.idempotence': true,
    'linger.ms': 3,
    'queue.buffering.max.messages': 500_000,
    'queue.buffering.max.kbytes': 131_072,
    // Above what brokers take (1,048,588): a message of that size can be set aside, with headers that say why.
    'message.max.bytes': 1_150_000,
  });
}

/** Transactions need it; librdkafka blames the transactional id, which nobody has set. @throws ConfigurationError */
export function mustBeIdempotent(properties: DriverProperties): void {
  const given = properties['enable.idempotence'];
  if (String(given) === 'true') return;
  throw new ConfigurationError("kafka['enable.idempotence']", given, "true, for guarantee is 'exactly-once'");
}

/** What librdkafka says to a property, as a fault of the option it came from. */
export function propertyError(thrown: unknown, properties: DriverProperties): unknown {
  const message = (thrown as Partial<DriverError> | null | undefined)?.message ?? '';
  const unknown = /No such configuration property: "(.+?)"/.exec(message)?.[1];
  if (unknown !== undefined) return unknownProperty(unknown);
  const needs = /^`?([a-z.]+)`? requires `?([a-z.]+=?\w*)`?/.exec(message);
  const invalid =
    needs?.[2]?.split('=')[0] ??
    /Invalid value .*configuration property "(.+?)"/.exec(message)?.[1] ??
    /Configuration property "(.+?)"/.exec(message)?.[1] ??
    /`([a-z.]+)`/.exec(message)?.[1];
  if (invalid === undefined) return thrown;
  const given = Object.hasOwn(properties, invalid) ? invalid : (aliases[invalid] ?? invalid);
  return new ConfigurationError(
    `kafka['${given}']`,
    properties[given],
    `a value that librdkafka takes (${withoutValue(message, given, properties)})`,
  );
}

/** A name that is misspelt may be that of a secret: its value is never shown. */
function unknownProperty(name: string): ConfigurationError {
  const near = nearest(name, knownProperties());
  const expected = `a property that librdkafka knows${near === undefined ? ' (see its CONFIGURATION.md)' : `, such as ${near}`}`;
  return new ConfigurationError(`kafka['${name}']`, undefined, expected, { isHidden: true });
}

/** librdkafka repeats what it was given. */
function withoutValue(message: string, name: string, properties: DriverProperties): string {
  return isSecret(name) && properties[name] !== undefined ? message.replaceAll(String(properties[name]), '***') : message;
}

/** Properties with two names: librdkafka answers with the first, whichever was given. */
const aliases: Readonly<Record<string, string>> = {
  'request.required.acks': 'acks',
  'compression.codec': 'compression.type',
  'message.send.max.retries': 'retries',
  'message.timeout.ms': 'delivery.timeout.ms',
  'queue.buffering.max.ms': 'linger.ms',
};
