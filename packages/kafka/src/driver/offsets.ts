import { formatPosition, type Position, type TopicPartition } from '@weir/core/internal/positions';
import type { Clock } from '@weir/core/internal/time';
import type { GroupPosition, Watermarks } from '@weir/core/internal/transport';
import { called } from './calls.js';
import type { DriverConsumer, DriverPartition } from './driver-types.js';
import { codes, hasCode, transportError } from './errors.js';
import { plain } from './partitions.js';

const answerMs = 10_000;
const retryMs = 20;
/** How long the group may be kept waiting for the ends of logs, which are asked for again. */
const endsMs = 1_000;
/** librdkafka's logical offsets: the two ends of a partition, and "there is no offset: do as auto.offset.reset says". */
export const logical = { beginning: -2, end: -1, none: -1001 } as const;

/** First offset that can be read, and the offset after the last message that this consumer may see. */
export async function watermarks(driver: DriverConsumer, { topic, partition }: TopicPartition): Promise<Watermarks> {
  try {
    const { lowOffset, highOffset } = await called<{ lowOffset: number; highOffset: number }>(driver, (done) =>
      driver.queryWatermarkOffsets(topic, partition, answerMs, done),
    );
    return { low: lowOffset, high: highOffset };
  } catch (thrown) {
    throw transportError(thrown, `cannot ask for the watermarks of ${formatPosition({ topic, partition })}`, 'BROKER_UNREACHABLE');
  }
}

/**
 * Where logs begin, or end for this consumer. One of which the broker does not say it is left out.
 * @throws TransportError when there is no answer
 */
export async function endsOf(
  driver: Pick<DriverConsumer, 'offsetsForTimes'>,
  partitions: readonly TopicPartition[],
  end: 'beginning' | 'end',
): Promise<readonly Position[]> {
  if (partitions.length === 0) return [];
  try {
    // What ListOffsets takes in place of a time.
    const asked = partitions.map(({ topic, partition }) => ({ topic, partition, offset: logical[end] }));
    const answers = await called<readonly (DriverPartition | Error)[]>(driver, (done) => driver.offsetsForTimes(asked, endsMs, done));
    return answers.flatMap((answer) =>
      answer instanceof Error || (answer.offset ?? -1) < 0 ? [] : [{ ...plain(answer), offset: answer.offset as number }],
    );
  } catch (thrown) {
    throw transportError(thrown, `cannot ask for the ${end} of ${formatPosition(partitions[0]!)}`, 'BROKER_UNREACHABLE');
  }
}

/** What a group is to have, as the driver takes it. */
export function driverOffsets(offsets: readonly GroupPosition[]): DriverPartition[] {
  return offsets.map(({ topic, partition, offset, metadata }) => ({
    topic,
    partition,
    offset,
    ...(metadata !== undefined && { metadata }),
  }));
}

/** Moves partitions that are being read. One that was assigned a moment ago may not be ready for it: that is tried again. */
export async function seek(driver: DriverConsumer, positions: readonly Position[], clock: Clock): Promise<void> {
  const limit = clock.now() + answerMs;
  for (const { topic, partition, offset } of positions) {
    for (;;) {
      try {
        await called(driver, (done) => driver.seek({ topic, partition, offset }, answerMs, done));
        break;
      } catch (thrown) {
        if (!hasCode(thrown, codes.state) || clock.now() >= limit)
          throw transportError(thrown, `cannot seek ${formatPosition({ topic, partition, offset })}`, 'PARTITION_NOT_OWNED');
        await clock.sleep(retryMs);
      }
    }
  }
}
