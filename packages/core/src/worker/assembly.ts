import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import { CarefulOutlet } from '../agents/index.js';
import { type Position, TransportError } from '../errors/index.js';
import type { Clock } from '../time/index.js';
import type { Topics } from '../topics/index.js';
import { groupOf, type Topology } from '../topology/index.js';
import type { Consumer, Places, Producer, Subscription, Transport } from '../transport/index.js';
import type { AssignedPartition } from './assigned-partition.js';
import { Assignment } from './assignment.js';
import { type Checkpoint, FlushThenCommit } from './checkpoint.js';
import type { Settings } from './settings.js';
import { TransactionGate } from './transaction-gate.js';
import { TransactionalCheckpoint } from './transactional-checkpoint.js';
import { TriedEvents } from './tried-events.js';
import { UndoneTries } from './undone-tries.js';
import { internalTopics, type LaneHooks, prepareAgents, subscriptionOf } from './wiring.js';

/** What a worker is put together from. */
export interface AssemblyParts {
  readonly topology: Topology;
  readonly settings: Settings;
  readonly topics: Topics;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly member: string | undefined;
  readonly leaves: boolean | undefined;
  readonly places: Places | undefined;
  readonly hooks: Omit<LaneHooks, 'transaction' | 'tried'>;
  /** Has the open transaction aborted soon. */
  readonly undo: (why: Error) => void;
  /** Begins again from what is committed. */
  readonly rewind: (
    why: Error,
    partitions: readonly AssignedPartition[],
    carefulUntil: (partition: AssignedPartition) => number,
  ) => Promise<void>;
}

/** The clients of a worker and what stands between them and the handlers. */
export interface Assembly {
  readonly producer: Producer;
  /** Missing when no agent reads anything. */
  readonly consumer: Consumer | undefined;
  readonly subscription: Subscription;
  readonly assignment: Assignment;
  readonly checkpoint: Checkpoint;
  readonly tries: TriedEvents;
}

/** Opens the clients while `provisioned` is seen to, and connects the topics, for the guarantee that was asked for. */
export async function assemble(parts: AssemblyParts, provisioned: Promise<void>): Promise<Assembly> {
  const { topology, logger } = parts;
  const subscription = subscriptionOf(topology);
  const [producer, consumer] = await openClients(parts, subscription, provisioned);
  if (isExact(parts, subscription) && consumer !== undefined) return assembleExact(parts, producer, consumer, subscription);
  const outlet = new CarefulOutlet(producer);
  parts.topics.connect(outlet);
  const tries = new TriedEvents();
  const assignment = new Assignment(prepareAgents(topology, parts.topics, outlet, parts, { ...parts.hooks, tried: tries }));
  const rewind = (why: Error, isCareful: boolean) =>
    parts.rewind(why, [...assignment], (partition) => (isCareful ? partition.reached : tries.until(partition)));
  const committed = (position: Position) => tries.forget(position);
  const checkpoint = new FlushThenCommit({ assignment, consumer, producer, logger, outlet, rewind, committed });
  return { producer, consumer, subscription, assignment, checkpoint, tries };
}

function isExact({ settings }: AssemblyParts, subscription: Subscription): boolean {
  return settings.guarantee === 'exactly-once' && subscription.length > 0;
}

/**
 * Opens both clients beside each other. Rejects once nothing is on its way any more, so that whoever closes the transport closes all there is:
 * with what is wrong with the topics, else with the consumer, else with the producer.
 */
async function openClients(
  parts: AssemblyParts,
  subscription: Subscription,
  provisioned: Promise<void>,
): Promise<[Producer, Consumer | undefined]> {
  const { topology, transport, member, leaves, places } = parts;
  const group = groupOf(topology.app);
  const exact = isExact(parts, subscription);
  const able = exact && !transport.abilities.transactions ? Promise.reject(unable(transport)) : Promise.resolve();
  const internal = internalTopics(topology.app);
  const consumer = able.then(() =>
    subscription.length === 0 ? undefined : transport.consumer({ group, internal, member, leaves, places }),
  );
  // The id of a named worker stays the same over a restart, so that the new one fences off what the old one left open: only when all else is well.
  const fenced = () => transport.producer({ transactionalId: `${group}-${member ?? randomUUID()}` });
  const producer = exact ? Promise.all([provisioned, consumer]).then(fenced) : able.then(() => transport.producer());
  await Promise.allSettled([provisioned, consumer, producer]);
  await provisioned;
  const opened = await consumer;
  return [await producer, opened];
}

async function assembleExact(parts: AssemblyParts, producer: Producer, consumer: Consumer, subscription: Subscription): Promise<Assembly> {
  const { topology, settings, clock, logger } = parts;
  const { transactions } = producer;
  if (transactions === undefined) throw new Error('a producer with a transactional id has transactions');
  const gate = new TransactionGate(producer);
  const tries = new UndoneTries(parts.undo);
  const outlet = new CarefulOutlet(gate, true);
  parts.topics.connect(outlet);
  const assignment = new Assignment(
    prepareAgents(topology, parts.topics, outlet, parts, { ...parts.hooks, tried: tries, transaction: tries }),
  );
  const checkpoint = new TransactionalCheckpoint({
    ...{ assignment, consumer, producer, transactions, gate, outlet, clock, logger },
    restMs: settings.drainTimeoutMs,
    rewind: (why, partitions, isCareful) =>
      parts.rewind(why, partitions, (partition) => (isCareful ? partition.reached : tries.until(partition))),
    committed: (position) => tries.forget(position),
  });
  await checkpoint.begin();
  return { producer, consumer, subscription, assignment, checkpoint, tries };
}

function unable(transport: Transport): TransportError {
  return new TransportError(
    `guarantee: 'exactly-once' needs transactions, which this broker does not have: ${transport.description}. Use Apache Kafka, or 'at-least-once'`,
    {
      code: 'OPERATION_UNSUPPORTED',
      fatal: true,
    },
  );
}
