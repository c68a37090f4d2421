const seed = 0x9747b28c;
const multiplier = 0x5bd1e995;

/**
 * The hash that Kafka's Java client puts on keys, as a signed 32-bit number. Equal to `Utils.murmur2` of
 * `org.apache.kafka:kafka-clients`, so that what we and what Java programs write under one key share a partition.
 */
export function murmur2(bytes: Uint8Array): number {
  const { length } = bytes;
  const whole = length - (length % 4);
  let hash = seed ^ length;
  for (let at = 0; at < whole; at += 4) {
    let word = Math.imul(bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24), multiplier);
    word = Math.imul(word ^ (word >>> 24), multiplier);
    hash = Math.imul(hash, multiplier) ^ word;
  }
  for (let rest = length - whole - 1; rest >= 0; rest--) hash ^= bytes[whole + rest]! << (8 * rest);
  if (length > whole) hash = Math.imul(hash, multiplier);
  hash = Math.imul(hash ^ (hash >>> 13), multiplier);
  return hash ^ (hash >>> 15);
}

/** The partition of a key, as Java's default partitioner finds it. Text counts as UTF-8; an empty key is a key. */
export function partitionFor(key: Uint8Array | string, partitions: number): number {
  return (murmur2(typeof key === 'string' ? Buffer.from(key) : key) & 0x7fffffff) % partitions;
}
