import type { Logger } from 'pino';
import { loggable, reason } from '../errors/index.js';
import { formatPartitions, formatPosition, type TopicPartition } from '../positions/index.js';
import { formatMs } from '../time/index.js';
import type { AgentEvent, GroupName, RecoveringEvent, StalledEvent, WorkerObserver } from './worker-observer.js';

/** How often it is said what a recovery waits for that stands still. */
const stillMs = 10_000;
/** Groups are many: one that is recovered sooner needs no line. */
const longMs = 1_000;

/** The lines that a worker logs of what happens to it. */
export function workerLog(logger: Logger): WorkerObserver {
  const moved = (what: string, partitions: readonly TopicPartition[]): void => {
    if (partitions.length > 0) logger.info({ partitions: partitions.map(formatPosition) }, `${what} ${formatPartitions(partitions)}`);
  };
  /** For how long each changelog had stood still when that was said last. */
  const still = new Map<string, number>();
  /** Where an event came too late already: the first of each table is told, others at debug. */
  const lateTables = new Set<string>();
  return {
    assigned: ({ partitions }) => moved('assigned', partitions),
    revoked: ({ partitions, ms }) => logger.info(`handed over ${formatPartitions(partitions)} in ${formatMs(ms)}`),
    lost: ({ partitions }) => moved('lost', partitions),
    recovering: (event) => {
      const at = formatPosition(event);
      const before = still.get(at);
      if (event.waitingFor === undefined) still.delete(at);
      else if (before === undefined || event.stillMs - before >= stillMs) {
        still.set(at, event.stillMs);
        logger.warn(standsStill(event));
      }
    },
    recovered: ({ entries, ms, ...group }) =>
      logger[ms < longMs ? 'debug' : 'info']({ ...group, entries }, `recovered ${nameOf(group)} in ${formatMs(ms)}`),
    checkpoint: (steps) => logger.debug(steps, 'checkpoint'),
    aborted: ({ why }) => logger.warn({ why: reason(why) }, 'the transaction is aborted, and its events run again'),
    rewound: ({ why, ...group }) => logger.debug({ ...group, why: reason(why) }, `${nameOf(group)} goes back to what is committed`),
    overtaken: (event) => logger.debug(fieldsOf(event), 'overtaken, trying again'),
    parked: (event) => logger.debug(fieldsOf(event), 'parked behind earlier events of its key'),
    retried: ({ tries, error, waitMs, until, ...event }) => {
      // The stack once is enough.
      const why = tries <= 1 ? { err: loggable(error) } : { error: reason(error) };
      const parked = until === undefined ? '' : `, and parked until ${new Date(until).toISOString()} with later events of its key`;
      logger.warn({ ...fieldsOf(event), tries, ...why }, `failed, trying again in ${formatMs(waitMs)}${parked}`);
    },
    skipped: ({ tries, error, ...event }) =>
      logger.error({ ...fieldsOf(event), tries, err: loggable(error) }, 'skipped an event that cannot be processed'),
    deadLettered: ({ tries, error, deadLetters, ...event }) =>
      logger.error({ ...fieldsOf(event), tries, err: loggable(error), deadLetters }, 'set aside an event that cannot be processed'),
    dropped: ({ agent, keyless, tombstones }) =>
      logger.info({ agent, keyless, tombstones }, `${agent} drops events: ${keyless} without a new key, ${tombstones} tombstones`),
    late: ({ table, partition, key, time, window, watermark }) => {
      const about = { table, partition, key, time: new Date(time).toISOString(), lateMs: watermark - window.end };
      const level = lateTables.has(table) ? 'debug' : 'info';
      lateTables.add(table);
      logger[level](about, `an event came too late for its window of ${table}, which takes it no more`);
    },
    stalled: (event) => stalled(logger, event),
    ready: ({ entries, ms, partitions }) => {
      if (entries > 0) logger.info({ entries, ms }, `recovered ${formatPartitions(partitions)} in ${formatMs(ms)}`);
      logger.info('ready');
    },
    stopped: () => logger.info('stopped'),
  };
}

function fieldsOf({ agent, at }: AgentEvent): { readonly agent: string; readonly at: string } {
  return { agent, at: formatPosition(at) };
}

function nameOf({ set, number }: GroupName): string {
  return formatPosition({ topic: set, partition: number });
}

function standsStill({ position, end, stillMs: ms, waitingFor, ...at }: RecoveringEvent): string {
  const why =
    waitingFor === 'broker'
      ? 'no broker has answered'
      : 'a transaction below may be open, and ends by itself within transaction.timeout.ms';
  return `recovery of ${formatPosition(at)} stands at ${Math.max(0, position)} of ${end} for ${formatMs(ms)}: ${why}`;
}

/** What the broker does not give is an error; a handler that runs for long is not one yet. */
function stalled(logger: Logger, { ms, running, unread, ...at }: StalledEvent): void {
  if (unread !== undefined) {
    const about = { at: formatPosition({ ...at, offset: unread.position }), high: unread.end };
    logger.error(about, `no message has come for ${formatMs(ms)} though there are some: reading anew`);
    return;
  }
  const what = running === undefined ? 'events wait' : `${running.agent} runs on ${formatPosition(running.at)}`;
  logger.warn({ at: formatPosition(at), running }, `no event of ${formatPosition(at)} has finished for ${formatMs(ms)}: ${what}`);
}
