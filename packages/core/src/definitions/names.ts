/** How many characters Kafka takes in the name of a topic. */
export const MAX_NAME = 249;

/** What Kafka takes as the name of a topic, in words. */
export const LEGAL_NAME = `Use 1 to ${MAX_NAME} of the characters a-z A-Z 0-9 . _ -`;

/** Whether Kafka takes a text as the name of a topic. */
export function isTopicName(name: string): boolean {
  return /^[a-zA-Z0-9._-]+$/.test(name) && name.length <= MAX_NAME && name !== '.' && name !== '..';
}
