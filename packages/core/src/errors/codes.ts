/**
 * Every code a weir error can carry, with the one line that the error reference starts from.
 * A code is never renamed or reused: retired ones move to `retired`.
 */
export const codes = {
  DEFINITION_INVALID: 'declarations contradict each other or are incomplete; every fault is listed',
  OPTION_INVALID: 'an option of the app, the command line or the environment has a value that cannot be used',
  APP_NOT_FOUND: 'what --app names is not there: no module, or no class with @App in it',
  APP_NOT_LOADED: 'the module named by --app cannot be loaded',
  ENCODE_FAILED: 'a value cannot be turned into bytes by the codec of its topic',
  DECODE_FAILED: 'the bytes of a message are not what the codec or the record class expects',
  VERSION_NEWER: 'a message or a value of a table was written by a newer version of its record class',
  EVENT_TIME_ABSURD: 'an event has no event time, or one far in the future',
  AGENT_FAILED: 'a handler or agent threw',
  AGENT_RETURNED: 'an agent left its loop while its stream was still open',
  INPUT_CRASHES: 'a message was in hand each time the process ended without an orderly stop; it is not tried again',
  ATTEMPT_CLOSED: 'code of an attempt that has failed or was given up tried to send',
  HOOK_FAILED: 'a method that is told of partitions threw',
  TASK_FAILED: 'a task threw',
  HANDLER_TIMEOUT: 'a handler ran longer than its handlerTimeout',
  DRIVER_MISSING: 'the native Kafka driver cannot be loaded',
  BROKER_UNREACHABLE: 'no broker answers at the given address',
  AUTHENTICATION_FAILED: 'the broker refuses the credentials, or the TLS handshake fails',
  TOPIC_MISSING: 'a topic that the app needs does not exist',
  TOPIC_MISMATCH: 'a topic exists with another number of partitions than declared',
  TOPIC_UNWRITABLE: 'a topic cannot be created or written',
  DELIVERY_FAILED: 'the broker did not accept a message',
  COMMIT_FAILED: 'the group did not accept an offset',
  OFFSET_MISSING: 'a partition has no committed offset, or one that is gone, and auto.offset.reset is error',
  OFFSET_OUT_OF_RANGE: 'a partition does not hold the offset that is to be read: its log begins after it, or ends before it',
  PARTITION_NOT_OWNED: 'an operation names a partition that is not assigned to this consumer',
  TRANSACTION_ABORTED: 'a transaction cannot be committed and was aborted',
  PRODUCER_FENCED: 'another producer with the same transactional id has taken over',
  CLIENT_FATAL: 'the Kafka client is broken for good; the process must be restarted',
  PARTITION_STALLED: 'a partition has messages but makes no progress',
  OPERATION_UNSUPPORTED: 'the broker or the store in use cannot do what was asked',
  KEY_MISPLACED: 'a key of a table belongs to another partition than that of the event',
  NOT_LOCAL: 'a key of a table lies in a partition that this worker does not have',
  WRITE_OUTSIDE_EVENT: 'a table was written by code that belongs to no event',
  WINDOW_TIME_UNKNOWN: 'a windowed table is used where it cannot be told which time is meant',
  VALUE_UNWRITABLE: 'a value of a table cannot be written to its changelog',
  STATE_WITHOUT_OFFSETS: 'tables hold something, and the consumer group has no offsets for it',
  CHANGELOG_REPLACED: 'the changelog of a table was deleted and made anew, and the consumer group still has its offsets',
  PARTITIONS_CHANGED: 'a topic that feeds tables has got more partitions',
  TOPIC_SETS_CHANGED: 'workers of the group run that keep other topics together',
  FORMAT_NEWER: 'a newer version has written what this one cannot read',
  STATE_UNREADABLE: 'a value of a table cannot be decoded',
  GROUP_ACTIVE: 'what an app has kept cannot be deleted while its workers run',
  STORE_FAILED: 'the local copy of tables cannot be read or written',
  STORE_LOCKED: 'the folder with the local copy of tables belongs to another worker that runs',
  STORE_MISSING: 'the package of a store is not installed, or cannot be loaded',
  SNAPSHOT_REFUSED: 'a snapshot of tables cannot be used: it is damaged, is of another app, or its changelog does not go on from it',
  LETTER_REFUSED: 'a dead letter that was asked for is not there, or cannot be replayed or edited',
  LIFECYCLE_ORDER: 'a call came too early, too late or twice',
  SHUTDOWN_INCOMPLETE: 'the shutdown budget was spent before everything in flight had finished',
} as const;

/** A stable name of what went wrong: the key for dashboards, alerts and the error reference. */
export type ErrorCode = keyof typeof codes;

/** Codes that earlier versions used. They are not given to anything else. */
export const retired: readonly string[] = [];
