import type { Fault } from '../../errors/index.js';
import type { Schema } from '../schema.js';
import { partOfNameProblems } from '../schema-faults.js';
import type { Source } from '../source.js';
import { changelogTopic } from '../table.js';
import { type TopicDefinition, topic } from '../topic.js';
import type { TableOptions } from './table-options.js';

/** The events that an agent has parked until their next attempt, and those behind them, kept in the topic `<app>-<agent>-retries-changelog`. */
export interface RetriesDefinition {
  readonly kind: 'retries';
  readonly name: string;
  /** The name of the agent. */
  readonly agent: string;
  /** Whether later events of a key wait behind one that is parked. */
  readonly isInOrder: boolean;
  /** How many of one topic and partition are parked at most. */
  readonly max: number;
  /** One for each topic that the agent reads: its events that are due. */
  readonly sources: readonly ParkedSource[];
  readonly options: TableOptions<Schema, Schema, unknown>;
}

/** Parked events of one topic, when they are due. */
export interface ParkedSource extends Source {
  readonly kind: 'parked';
  /** The topic that they come from. */
  readonly origin: TopicDefinition;
}

export function retriesOf(
  agent: string,
  topics: readonly TopicDefinition[],
  { max, isInOrder }: Pick<RetriesDefinition, 'max' | 'isInOrder'>,
): RetriesDefinition {
  const name = `${agent}-retries`;
  // No topic has a colon in its name.
  const sources = topics.map((origin) => Object.freeze({ kind: 'parked' as const, name: `${name}:${origin.name}`, origin }));
  const options = Object.freeze({ key: 'raw', value: 'raw', placement: 'event' } as const);
  return Object.freeze({ kind: 'retries' as const, name, agent, isInOrder, max, sources: Object.freeze(sources), options });
}

/** Whether a value says what an agent has parked. */
export function isRetries(value: unknown): value is RetriesDefinition {
  return typeof value === 'object' && value !== null && (value as RetriesDefinition).kind === 'retries';
}

export function isParkedSource(value: unknown): value is ParkedSource {
  return typeof value === 'object' && value !== null && (value as ParkedSource).kind === 'parked';
}

/** What stands in the place of a topic for parked events: they are read as those of their own. */
export function parkedTopic(source: ParkedSource): TopicDefinition {
  return Object.freeze({ ...topic(source.name, source.origin.options), derivedFrom: source }) as TopicDefinition;
}

/** What is wrong with the name of an agent that parks events: it is part of that of their topic. @param group the consumer group of the app */
export function retriesFaults(definition: RetriesDefinition, group: string): Fault[] {
  const { agent } = definition;
  return partOfNameProblems('agent', agent, 'changelog', changelogTopic(group, definition)).map(({ problem, remedy }) => ({
    where: `agent '${agent}'`,
    problem: `${problem}, and it has errors.retry.durable`,
    remedy: `${remedy} (name, in its options)`,
  }));
}
