import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import { Outputs, RetryStates } from '../attempts/index.js';
import {
  AtLeastOnce,
  type Changelogs,
  Checkpoint,
  ExactlyOnce,
  type ExactlyOnceParts,
  PlainChangelogs,
  ShortTransaction,
  UncommittedChanges,
} from '../checkpoints/index.js';
import type { MembershipFile } from '../datadir/index.js';
import { TransportError } from '../errors/index.js';
import type { LaneContext } from '../lanes/index.js';
import type { Observers } from '../observers/index.js';
import { Assignment, AssignmentProgress, type PartitionProgress, type Rewind } from '../partitions/index.js';
import type { Recovery } from '../recovery/index.js';
import type { Clock } from '../time/index.js';
import type { Topics } from '../topics/index.js';
import { groupOf, type Topology } from '../topology/index.js';
import {
  type Consumer,
  type PreparedTopic,
  PreparingProducer,
  type Producer,
  type Subscription,
  type Transport,
} from '../transport/index.js';
import type { Settings } from './settings.js';
import { internalTopics, prepareAgents, sharedState, subscriptionOf, topicSetsOf } from './wiring.js';

/** What a worker is put together from. */
export interface AssemblyParts {
  readonly topology: Topology;
  readonly settings: Settings;
  readonly topics: Topics;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly observers: Observers;
  readonly member: string | undefined;
  readonly leaves: boolean | undefined;
  readonly membership: MembershipFile | undefined;
  readonly prepared: PreparedTopic | undefined;
  readonly hooks: Pick<LaneContext, 'fail' | 'moved' | 'commit' | 'crashes' | 'recent'>;
  /** Has the open transaction aborted soon. */
  readonly abort: (why: Error) => void;
  readonly recovery: Recovery;
  /** Begins again from what is committed. */
  readonly rewind: Rewind;
}

/** A transaction of changelog entries is open during a checkpoint only. One that a killed worker has left open holds up who recovers after it. */
const changelogTimeoutMs = 10_000;

/** The clients that are opened. */
interface Clients {
  readonly producer: Producer;
  readonly consumer: Consumer | undefined;
  /** At least once, what changelogs are written with. */
  readonly changelogs: Changelogs | undefined;
}

/** The clients of a worker and what stands between them and the handlers. */
export interface Assembly {
  readonly producer: Producer;
  /** Missing when no agent reads anything. */
  readonly consumer: Consumer | undefined;
  readonly subscription: Subscription;
  readonly assignment: Assignment;
  readonly checkpoint: Checkpoint;
  readonly retries: RetryStates;
  readonly outputs: Outputs;
  readonly uncommitted: UncommittedChanges;
}

/** Opens the clients while `provisioned` is seen to, and connects the topics, for the guarantee that was asked for. */
export async function assemble(parts: AssemblyParts, provisioned: Promise<void>): Promise<Assembly> {
  const { topology, settings, topics, clock, logger, observers } = parts;
  const subscription = subscriptionOf(topology);
  const isExact = settings.guarantee === 'exactly-once' && subscription.length > 0;
  const { producer, consumer, changelogs } = await openClients(parts, subscription, isExact, provisioned);
  const outputs = new Outputs(producer, isExact);
  topics.connect(outputs);
  const retries = new RetryStates();
  const wake = () => {
    for (const lane of assignment.lanes()) lane.wake();
  };
  // Not in the turn in which something is committed or taken back.
  const eased = () => void setImmediate(wake);
  const uncommitted = new UncommittedChanges({ hurry: () => void parts.hooks.commit(), eased });
  const { aheadMs } = settings;
  const lanes = { clock, observers, outputs, retries, uncommitted, isExact, aheadMs, abort: parts.abort, ...parts.hooks };
  const open = prepareAgents(topology, topics, lanes);
  const assignment = new Assignment({
    open,
    ...sharedState(topology, {
      recovery: parts.recovery,
      clock,
      logger,
      uncommitted,
      observers,
      stallMs: settings.stallTimeoutMs,
      fail: parts.hooks.fail,
    }),
  });
  outputs.whenOpened(wake);
  const committed = (noted: readonly PartitionProgress[]) => {
    const positions = noted.map(({ position }) => position);
    for (const position of positions) retries.forgetBefore(position);
    if (positions.length > 0) observers.tell('committed', { positions });
  };
  const progress = new AssignmentProgress(assignment, parts.rewind, committed, clock);
  const guarantee =
    isExact && consumer !== undefined
      ? await exactlyOnce({ consumer, producer, outputs, progress }, parts)
      : new AtLeastOnce({ consumer, outputs, progress, logger, changelogs });
  return {
    producer,
    consumer,
    subscription,
    assignment,
    retries,
    outputs,
    uncommitted,
    checkpoint: new Checkpoint(guarantee, progress, parts),
  };
}

async function exactlyOnce(
  made: Pick<ExactlyOnceParts, 'consumer' | 'producer' | 'outputs' | 'progress'>,
  { clock, logger, observers, settings }: AssemblyParts,
): Promise<ExactlyOnce> {
  const transactions = transactionsOf(made.producer);
  const guarantee = new ExactlyOnce({ ...made, transactions, clock, logger, observers, quiesceMs: settings.drainTimeoutMs });
  await guarantee.start();
  return guarantee;
}

function transactionsOf({ transactions }: Producer): NonNullable<Producer['transactions']> {
  if (transactions === undefined) throw new Error('a producer with a transactional id has transactions');
  return transactions;
}

/**
 * Opens both clients beside each other. Rejects once nothing is on its way any more, so that whoever closes the transport closes all there is:
 * with what is wrong with the topics, else with the consumer, else with the producer.
 */
async function openClients(
  parts: AssemblyParts,
  subscription: Subscription,
  isExact: boolean,
  provisioned: Promise<void>,
): Promise<Clients> {
  const { topology, transport, member, leaves, membership, prepared } = parts;
  const group = groupOf(topology.app);
  // What was written before it ran is for it, whatever the app says of what others write.
  const starts = topology.app.part === undefined ? {} : { startAt: 'earliest' as const };
  const internal = internalTopics(topology);
  const able = isExact && !transport.abilities.transactions ? Promise.reject(unable(transport)) : Promise.resolve();
  const consumer = able.then(() =>
    subscription.length === 0
      ? undefined
      : transport.consumer({ ...starts, group, internal, member, leaves, membership, sets: topicSetsOf(topology) }),
  );
  // A name of its own goes from one process to the next only when that is gone.
  const isSole = member === undefined || membership?.isOwn === true;
  // The id of a named worker stays the same over a restart, so that the new one fences off what the old one left open: only when all else is well.
  const fenced = (transactionTimeoutMs?: number) =>
    transport.producer({ transactionalId: `${group}-${member ?? randomUUID()}`, isSole, transactionTimeoutMs });
  const inTurn = () => Promise.all([provisioned, consumer]);
  const opened = isExact ? inTurn().then(() => fenced()) : able.then(() => transport.producer());
  const producer = opened.then((each) => (prepared === undefined ? each : new PreparingProducer(each, prepared)));
  const hasChangelogs = !isExact && (topology.states ?? []).some(({ changelogs }) => changelogs.length > 0);
  const changelogs = hasChangelogs
    ? inTurn().then(() => openChangelogs(parts, () => fenced(changelogTimeoutMs)))
    : Promise.resolve(undefined);
  await Promise.allSettled([provisioned, consumer, producer, changelogs]);
  await provisioned;
  return { consumer: await consumer, producer: await producer, changelogs: await changelogs };
}

async function openChangelogs({ transport, logger }: AssemblyParts, fenced: () => Promise<Producer>): Promise<Changelogs> {
  if (transport.abilities.transactions) {
    const producer = await fenced();
    return new ShortTransaction(producer, transactionsOf(producer));
  }
  logger.warn(
    `${transport.description} has no transactions: changelogs are written plainly, and a crash between that and the commit counts again what lies between them`,
  );
  return new PlainChangelogs(await transport.producer());
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
