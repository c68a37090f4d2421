import { asError, type ErrorCode, reason, TransportError, withRemedy } from '@weir/core/internal/errors';
import type { DriverError } from './driver-types.js';

/** librdkafka's codes that we name. Negative ones are its own, the others the broker's (Kafka protocol, error codes). */
export const codes = {
  fatal: -150,
  purgedInFlight: -151,
  purgedInQueue: -152,
  maxPollExceeded: -147,
  fenced: -144,
  authentication: -169,
  revokePartitions: -174,
  assignPartitions: -175,
  state: -172,
  ssl: -181,
  queueFull: -184,
  timedOut: -185,
  invalidArgument: -186,
  allBrokersDown: -187,
  unknownTopic: -188,
  unknownPartition: -190,
  partitionEnd: -191,
  resolve: -193,
  transport: -195,
  destroyed: -197,
  noEntry: -156,
  waitCoordinator: -180,
  noOffset: -168,
  noReset: -140,
  topicMissing: 3,
  leaderNotAvailable: 5,
  notLeader: 6,
  replicaNotAvailable: 9,
  messageTooLarge: 10,
  coordinatorLoading: 14,
  coordinatorUnavailable: 15,
  notCoordinator: 16,
  invalidTopic: 17,
  illegalGeneration: 22,
  inconsistentProtocol: 23,
  unknownMember: 25,
  rebalanceInProgress: 27,
  topicForbidden: 29,
  groupForbidden: 30,
  clusterForbidden: 31,
  topicExists: 36,
  invalidConfig: 40,
  policyViolation: 44,
  invalidProducerEpoch: 47,
  transactionalIdForbidden: 53,
  storage: 56,
  saslAuthentication: 58,
  fencedLeaderEpoch: 74,
  unknownLeaderEpoch: 75,
  groupNotEmpty: 68,
  groupMissing: 69,
  offsetNotAvailable: 78,
  fencedInstance: 82,
  invalidRecord: 87,
  unstableOffset: 88,
  producerFenced: 90,
  staleMemberEpoch: 113,
  fencedMemberEpoch: 110,
} as const;

const unreachable: readonly number[] = [codes.transport, codes.allBrokersDown, codes.resolve];
const refused: readonly number[] = [codes.authentication, codes.ssl, codes.saslAuthentication];
/** A partition has another leader than the client knew, or none for a moment. */
export const leaderMoves: readonly number[] = [
  codes.leaderNotAvailable,
  codes.notLeader,
  codes.replicaNotAvailable,
  codes.storage,
  codes.fencedLeaderEpoch,
  codes.unknownLeaderEpoch,
  codes.offsetNotAvailable,
];
const temporary: readonly number[] = [
  ...unreachable,
  ...leaderMoves,
  codes.timedOut,
  codes.waitCoordinator,
  codes.coordinatorLoading,
  codes.coordinatorUnavailable,
  codes.notCoordinator,
  codes.rebalanceInProgress,
  codes.unstableOffset,
];
const fencing: readonly number[] = [codes.fenced, codes.invalidProducerEpoch, codes.producerFenced];

/** Whether something that the driver threw or handed to a callback carries this code. */
export function hasCode(thrown: unknown, ...wanted: readonly number[]): boolean {
  return wanted.includes(codeOf(thrown));
}

function codeOf(thrown: unknown): number {
  const code = (thrown as Partial<DriverError> | null | undefined)?.code;
  return typeof code === 'number' ? code : -1;
}

/** What the driver threw or handed to a callback, as an error: often it is an object without more than message and code. */
export function driverError(thrown: unknown): Error {
  if (thrown instanceof Error || typeof thrown !== 'object' || thrown === null) return asError(thrown);
  return Object.assign(new Error((thrown as DriverError).message), thrown);
}

/**
 * What the driver threw or handed to a callback, as a transport error.
 * @param doing what was tried, as a sentence can start: `cannot commit offsets`
 * @param fallback the code where nothing more telling is known
 */
export function transportError(thrown: unknown, doing: string, fallback: ErrorCode): TransportError {
  if (thrown instanceof TransportError) return thrown;
  const error = thrown as Partial<DriverError>;
  const isFenced = hasCode(thrown, ...fencing);
  const isFatal = !isFenced && (error.isFatal === true || hasCode(thrown, codes.fatal, codes.fencedInstance));
  return new TransportError(`${doing}: ${describe(thrown)}`, {
    code: codeFor(thrown, fallback),
    cause: driverError(thrown),
    retriable: !isFatal && !isFenced && (error.isRetriable === true || hasCode(thrown, ...temporary)),
    fatal: isFatal,
  });
}

/** Where a message was to go, as an error says it: with the partition, where it is that which is wrong. */
export function destination(thrown: unknown, topic: string, partition: number | null | undefined): string {
  const isAsked = hasCode(thrown, codes.unknownPartition) && typeof partition === 'number' && partition >= 0;
  return isAsked ? `partition ${partition} of topic "${topic}"` : `topic "${topic}"`;
}

function codeFor(thrown: unknown, fallback: ErrorCode): ErrorCode {
  const error = thrown as Partial<DriverError>;
  // After one message was refused, the client takes no other one of the transaction, and throws away those it has.
  if (fallback === 'DELIVERY_FAILED' && hasCode(thrown, codes.state, codes.purgedInFlight, codes.purgedInQueue))
    return 'TRANSACTION_ABORTED';
  if (hasCode(thrown, ...fencing)) return 'PRODUCER_FENCED';
  if (error.isFatal === true || hasCode(thrown, codes.fatal, codes.fencedInstance)) return 'CLIENT_FATAL';
  if (hasCode(thrown, ...refused)) return 'AUTHENTICATION_FAILED';
  if (fallback !== 'DELIVERY_FAILED' && fallback !== 'COMMIT_FAILED' && fallback !== 'TRANSACTION_ABORTED') {
    if (hasCode(thrown, codes.topicMissing, codes.unknownTopic)) return 'TOPIC_MISSING';
    if (hasCode(thrown, ...unreachable)) return 'BROKER_UNREACHABLE';
  }
  return fallback;
}

/** What the driver says, with the remedy where the code has one. */
function describe(thrown: unknown): string {
  return withRemedy(reason(driverError(thrown)), remedies[codeOf(thrown)]);
}

const fenced =
  'Start again, nothing is lost: another producer has this transactional id (does another worker use the same member?), or a transaction was open for longer than transaction.timeout.ms, as where the process was halted';

const remedies: Readonly<Record<number, string | undefined>> = {
  ...Object.fromEntries(fencing.map((code) => [code, fenced])),
  [codes.topicForbidden]: 'Grant this principal the right to the topic',
  [codes.groupForbidden]: 'Grant this principal READ on the group',
  [codes.clusterForbidden]: 'Grant this principal the right on the cluster',
  [codes.transactionalIdForbidden]: 'Grant this principal WRITE on the transactional id',
  [codes.messageTooLarge]: 'Raise message.max.bytes of the client (`kafka: {…}`) and max.message.bytes of the topic, or send less',
  [codes.fencedInstance]:
    'Unless this process was halted for longer than its session, another worker has the same member name: give each its own (`member`, --member, WEIR_MEMBER)',
  [codes.unknownPartition]: 'There is no such partition: `weir topics` tells how many there are; without one, the key decides',
  [codes.invalidRecord]: 'A topic that is compacted takes no message without a key: give it one',
  [codes.inconsistentProtocol]:
    'Other workers of this group assign partitions otherwise (group.protocol, partition.assignment.strategy): stop them all, then start anew',
};
