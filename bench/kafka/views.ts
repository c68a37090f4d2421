import { changelogOf, keyOf, timesOf } from '../work/counts.js';
import { VerificationError } from '../work/verifier.js';
import { offer, write } from './orders.js';
import { readToEnd } from './reading.js';
import { partitionsOf } from './topics.js';

/** Writes events of so many keys, in turns. */
export function writeViews(brokers: string, topic: string, messages: number, keys: number): Promise<void> {
  return write(brokers, messages, (producer, id) => offer(producer, topic, keyOf(id, keys), '{}'));
}

/** Reads a whole changelog. @throws VerificationError where it does not hold how often each key came */
export async function verifyCounts(who: string, brokers: string, group: string, messages: number, keys: number): Promise<void> {
  const counts = new Map<string, bigint>();
  await readToEnd(brokers, partitionsOf(changelogOf(group)), ({ key, value }) => {
    counts.set(String(key), (value as Buffer).readBigInt64BE());
  });
  const times = BigInt(timesOf(messages, keys));
  const wrong = [...counts.values()].filter((count) => count !== times).length;
  if (counts.size !== keys || wrong > 0)
    throw new VerificationError(`${who}: ${counts.size} keys for ${keys}, ${wrong} of them with a wrong count`);
}
