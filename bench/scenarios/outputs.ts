import { readToEnd } from '../kafka/reading.js';
import type { Partition } from '../kafka/topics.js';
import { Verifier } from '../work/verifier.js';

/**
 * Reads all outputs and looks at each. Gives when the broker took them, in order.
 * @param who the title of the contestant
 * @throws VerificationError when one is missing, wrong or there twice
 */
export async function verifiedOutputs(
  who: string,
  brokers: string,
  partitions: readonly Partition[],
  messages: number,
): Promise<Float64Array> {
  const verifier = new Verifier(messages);
  const takenAt = new Float64Array(messages);
  let count = 0;
  await readToEnd(brokers, partitions, ({ key, value, timestamp }) => {
    verifier.look(key?.toString(), String(value));
    takenAt[count++] = timestamp as number;
  });
  verifier.conclude(who);
  return takenAt.sort();
}

export interface Rates {
  readonly eventsPerSecond: number;
  /** Of the second half alone, when everything is warm. */
  readonly warmEventsPerSecond: number;
}

/** How fast the broker took outputs, from the first to the last. */
export function rates(takenAt: Float64Array): Rates {
  const messages = takenAt.length;
  const [first, half, last] = [takenAt[0], takenAt[messages >> 1], takenAt[messages - 1]];
  return { eventsPerSecond: (messages * 1_000) / (last - first), warmEventsPerSecond: (messages * 500) / (last - half) };
}
