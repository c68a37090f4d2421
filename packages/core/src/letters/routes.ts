import { askAdmin, type Outgoing, type Transport } from '../transport/index.js';
import { type Letter, type LetterSummary, type Replacement, replayOf } from './letter.js';
import { LetterError } from './letter-error.js';

/** What tells where dead letters go back to. */
export interface RouteOptions {
  readonly transport: Transport;
  readonly appId: string;
  readonly deadLetterTopic: string;
  /** The agents that the app has. */
  readonly agents: readonly string[] | undefined;
}

/** Composes the message that a replay of a letter writes. */
export type Compose = (letter: Letter, replacement?: Replacement) => Outgoing;

/**
 * Finds the topics that dead letters come from.
 * @throws LetterError naming every agent and every topic that is gone
 */
export async function routesOf(letters: readonly LetterSummary[], options: RouteOptions): Promise<Compose> {
  const { transport, appId, deadLetterTopic, agents } = options;
  const topics = [...new Set(letters.map(({ cause }) => cause.topic))];
  const found = topics.length === 0 ? [] : await askAdmin(transport, (admin) => admin.describe(topics));
  const partitions = new Map(found.map((info) => [info.name, info.partitions]));
  // What comes out of no log has no offset.
  const isDerived = (topic: string) => letters.some(({ cause }) => cause.topic === topic && cause.offset < 0);
  const faults = [
    ...strangers(letters, agents),
    ...topics
      .filter((topic) => isChangelog(topic, appId))
      .map(
        (topic) =>
          `${topic} is a changelog, and what is written there changes the table: mend the agent that reads the changes, and drop these`,
      ),
    ...topics
      .filter((topic) => isDerived(topic))
      .map(
        (topic) =>
          `${topic} is no topic: its events come of a table, and this one is done with. Mend the agent, write what it would have from key and value of the letter, and drop these`,
      ),
    ...topics
      .filter((topic) => !partitions.has(topic) && !isDerived(topic))
      .map((topic) => `the topic ${topic} does not exist any more: create it, or choose other letters (--topic), or drop these`),
  ];
  if (faults.length > 0) {
    const refused = letters.filter(
      ({ cause }) => !partitions.has(cause.topic) || isChangelog(cause.topic, appId) || agents?.includes(cause.agent) === false,
    );
    throw new LetterError(
      `nothing was replayed: ${faults.join('; ')}`,
      refused.map(({ id }) => id),
    );
  }
  return (letter, replacement) =>
    replayOf(letter, { appId, deadLetterTopic, partitions: partitions.get(letter.cause.topic) ?? 0 }, replacement);
}

/** A letter for an agent that nobody has would be passed over by everybody, and count as replayed. */
function strangers(letters: readonly LetterSummary[], agents: readonly string[] | undefined): string[] {
  if (agents === undefined) return [];
  const gone = new Map<string, number>();
  for (const { cause } of letters) if (!agents.includes(cause.agent)) gone.set(cause.agent, (gone.get(cause.agent) ?? 0) + 1);
  return [...gone].map(
    ([agent, count]) =>
      `the app has no agent ${agent}, which failed on ${count} of them: give the agent that name again ({ name: '${agent}' }), or choose other letters (--agent), or drop these`,
  );
}

/** Whether the app keeps a table in a topic. */
function isChangelog(topic: string, appId: string): boolean {
  return topic.startsWith(`${appId}-`) && topic.endsWith('-changelog');
}
