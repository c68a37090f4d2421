import { formatPosition, type TopicPartition, TransportError } from '@weir/core/errors';
import type { LogEnds } from '@weir/core/transport';
import { called, type DriverAdmin, type DriverOffset } from '../driver-types.js';
import { codes, hasCode, transportError } from '../errors.js';
import { PartitionMap, plain } from '../partitions.js';

const answerMs = 10_000;
/** What ListOffsets takes in place of a time. */
const first = { timestamp: -2 } as const;
const last = { timestamp: -1 } as const;
/** `isolation.level` as the protocol counts it. */
const uncommitted = 0;
const committed = 1;

/**
 * How far logs go, or why that cannot be told of one. One question after the other, from the beginning of the logs to their end: so that each is beyond the one
 * before, and no more than one thread of Node's pool waits for the broker.
 * @throws TransportError when there is no answer at all
 */
export async function askEnds(admin: DriverAdmin, partitions: readonly TopicPartition[]): Promise<readonly (LogEnds | TransportError)[]> {
  const asked = new PartitionMap<true>();
  for (const at of partitions) asked.set(at, true);
  if (asked.size === 0) return [];
  const low = await ask(admin, asked.keys(), first, uncommitted);
  const stable = await ask(admin, asked.keys(), last, committed);
  const high = await ask(admin, asked.keys(), last, uncommitted);
  return partitions.map((at) => {
    const answers = [low, stable, high].map((each) => each.get(at) ?? missing(at));
    const fault = answers.find((each) => each instanceof TransportError);
    if (fault !== undefined) return fault;
    const [lowest, decided, highest] = answers as readonly number[];
    return { low: lowest!, stable: decided!, high: highest! };
  });
}

async function ask(
  admin: DriverAdmin,
  partitions: readonly TopicPartition[],
  offset: { readonly timestamp: number },
  isolationLevel: 0 | 1,
): Promise<PartitionMap<number | TransportError>> {
  const found = new PartitionMap<number | TransportError>();
  for (const answer of await answers(admin, partitions, offset, isolationLevel))
    found.set(answer, answer.error === undefined ? answer.offset : refused(answer, answer.error));
  return found;
}

async function answers(
  admin: DriverAdmin,
  partitions: readonly TopicPartition[],
  offset: { readonly timestamp: number },
  isolationLevel: 0 | 1,
): Promise<readonly DriverOffset[]> {
  try {
    const specs = partitions.map((at) => ({ ...plain(at), offset }));
    return await called<readonly DriverOffset[]>((done) => admin.listOffsets(specs, { timeout: answerMs, isolationLevel }, done));
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
