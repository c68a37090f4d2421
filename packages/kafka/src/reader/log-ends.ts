import { TransportError } from '@weir/core/internal/errors';
import { formatPosition, type TopicPartition } from '@weir/core/internal/positions';
import type { Clock } from '@weir/core/internal/time';
import type { LogEnds } from '@weir/core/internal/transport';
import { called } from '../driver/calls.js';
import type { DriverAdmin, DriverOffset } from '../driver/driver-types.js';
import { codes, hasCode, leaderMoves, transportError } from '../driver/errors.js';
import { PartitionMap, plain } from '../driver/partitions.js';

const answerMs = 10_000;
const againMs = 100;
/** What ListOffsets takes in place of a time. */
const first = { timestamp: -2 } as const;
const last = { timestamp: -1 } as const;
/** `isolation.level` as the protocol counts it. */
const uncommitted = 0;
const committed = 1;

type Answer = number | TransportError;

/**
 * How far logs go, or why that cannot be told of one. One question after the other, from the beginning of the logs to their end: so that each is beyond the one
 * before, and no more than one thread of Node's pool waits for the broker.
 * @throws TransportError when there is no answer at all
 */
export async function askEnds(
  admin: DriverAdmin,
  clock: Clock,
  partitions: readonly TopicPartition[],
): Promise<readonly (LogEnds | TransportError)[]> {
  const asked = new PartitionMap<true>();
  for (const at of partitions) asked.set(at, true);
  if (asked.size === 0) return [];
  const low = await ask(admin, clock, asked.keys(), first, uncommitted);
  const stable = await ask(admin, clock, asked.keys(), last, committed);
  const high = await ask(admin, clock, asked.keys(), last, uncommitted);
  return partitions.map((at) => {
    const answers = [low, stable, high].map((each) => each.get(at) ?? missing(at));
    const fault = answers.find((each) => each instanceof TransportError);
    if (fault !== undefined) return fault;
    const [lowest, decided, highest] = answers as readonly number[];
    return { low: lowest!, stable: decided!, high: highest! };
  });
}

/** Asks again for those whose leader the driver has to look for anew, as where a broker was started again, or says neither an offset nor why not. */
async function ask(
  admin: DriverAdmin,
  clock: Clock,
  partitions: readonly TopicPartition[],
  offset: { readonly timestamp: number },
  isolationLevel: 0 | 1,
): Promise<PartitionMap<Answer>> {
  const found = new PartitionMap<Answer>();
  const limit = clock.now() + answerMs;
  for (let left = partitions; left.length > 0; ) {
    const answers = await listOffsets(admin, left, offset, isolationLevel);
    for (const answer of answers) found.set(answer, answerOf(answer));
    const isOpen = ({ error, offset }: DriverOffset) => (error === undefined ? offset < 0 : hasCode(error, ...leaderMoves));
    left = clock.now() < limit ? answers.filter(isOpen).map(plain) : [];
    if (left.length > 0) await clock.sleep(againMs);
  }
  return found;
}

function answerOf(answer: DriverOffset): Answer {
  const { offset, error } = answer;
  if (error !== undefined) return refused(answer, error);
  if (offset >= 0) return offset;
  return new TransportError(`the broker does not say yet where ${formatPosition(plain(answer))} ends`, {
    ...{ code: 'BROKER_UNREACHABLE', retriable: true, partition: plain(answer) },
  });
}

async function listOffsets(
  admin: DriverAdmin,
  partitions: readonly TopicPartition[],
  offset: { readonly timestamp: number },
  isolationLevel: 0 | 1,
): Promise<readonly DriverOffset[]> {
  try {
    const specs = partitions.map((at) => ({ ...plain(at), offset }));
    return await called<readonly DriverOffset[]>(admin, (done) => admin.listOffsets(specs, { timeout: answerMs, isolationLevel }, done));
  } catch (thrown) {
    // So it says where there is none of them.
    if (hasCode(thrown, codes.noEntry)) return [];
    throw transportError(thrown, 'cannot ask for the ends of logs', 'BROKER_UNREACHABLE');
  }
}

function refused(at: TopicPartition, error: object): TransportError {
  if (hasCode(error, codes.topicMissing, codes.unknownTopic, codes.unknownPartition)) return missing(at);
  const failure = transportError(error, `cannot ask for the ends of ${formatPosition(plain(at))}`, 'BROKER_UNREACHABLE');
  const { code, cause, retriable, fatal } = failure;
  return new TransportError(failure.message, { code, cause, retriable, fatal, partition: plain(at) });
}

function missing(at: TopicPartition): TransportError {
  return new TransportError(`there is no ${formatPosition(plain(at))}: its topic does not exist, or has fewer partitions`, {
    ...{ code: 'TOPIC_MISSING', partition: plain(at) },
  });
}
