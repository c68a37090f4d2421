/** Names, and patterns that also take in topics created later. */
export type Subscription = readonly (string | RegExp)[];

/**
 * Whether a subscription takes in a topic. The broker's own topics match no pattern, nor do those that are internal to the app: they are read by their names
 * only. Matched here and not by librdkafka or the broker: each of those speaks another dialect than `RegExp`.
 */
export function takesIn(subscription: Subscription, topic: string, internal: readonly string[] = []): boolean {
  const isHidden = topic.startsWith('__') || internal.includes(topic);
  return subscription.some((wanted) => (typeof wanted === 'string' ? wanted === topic : !isHidden && matches(wanted, topic)));
}

/** `g` and `y` would make a match depend on the one before. */
function matches(pattern: RegExp, topic: string): boolean {
  return new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, '')).test(topic);
}
