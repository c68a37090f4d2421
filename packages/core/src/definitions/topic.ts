import { show } from '../codecs/index.js';
import { areOptions, CIRCULAR, type Fault, givenOptions, type OptionNames, reason, unknownOptions } from '../errors/index.js';
import { eventTimeField } from '../records/index.js';
import { type Duration, durationMs } from '../time/index.js';
import { isTopicName, LEGAL_NAME } from './names.js';
import type { Schema, SchemaType } from './schema.js';
import { schemaProblems } from './schema-faults.js';
import { type GroupedDefinition, groupSource, type KeyedSource, type Source } from './source.js';

/** What becomes of a message whose value is null. */
export type OnEmpty = 'deliver' | 'skip' | 'reject';

export interface TopicOptions<K extends Schema, V extends Schema, E extends OnEmpty> {
  /** @default 'string' */
  readonly key?: K;
  /** @default the app's `codec`, which is 'json' */
  readonly value?: V;
  /** Number of partitions when weir creates the topic, and what it must be when weir verifies it. @default the broker's (`num.partitions`) */
  readonly partitions?: number;
  /** Replication factor when weir creates the topic. @default the broker's (`default.replication.factor`) */
  readonly replicas?: number;
  /** How long messages are kept (`retention.ms`) when weir creates the topic. @default the broker's */
  readonly retention?: Duration;
  /** `cleanup.policy` when weir creates the topic. @default the broker's */
  readonly cleanup?: 'delete' | 'compact' | 'compact,delete';
  /** Further topic settings of Kafka, as they are. */
  readonly config?: Readonly<Record<string, string>>;
  /**
   * When what a value is about has happened, in milliseconds since 1970 or as a Date: windows and joins go by it. Not called with null.
   * @default the field of the record with `@EventTime()`, else the timestamp of the message
   */
  eventTime?(value: SchemaType<V>): number | bigint | Date;
  /** How much later an event may come than others that have happened after it: what holds the watermark back. @default 0 */
  readonly disorder?: Duration;
  /**
   * A message with a null value (a tombstone) is given to the agent as `null`, skipped, or rejected as one that cannot be decoded.
   * Saying `'deliver'` shows the `null` in the types. @default 'deliver'
   */
  readonly onEmpty?: E;
}

/**
 * A topic: its name and how its keys and values are written. An immutable value: decorators, `@Inject` and tests take it,
 * and the types of keys and values flow from it. Made by `topic()`.
 */
export interface TopicDefinition<K = unknown, V = unknown> extends KeyedSource<K, V> {
  readonly kind: 'topic';
  /** What `@Inject` and the container know it by. */
  readonly identifier: symbol;
  /** The topic's name; of several names or a pattern, how they stand in lists. */
  readonly name: string;
  readonly names: readonly (string | RegExp)[];
  readonly options: TopicOptions<Schema, Schema, OnEmpty>;
  /** What its events are derived from, where it stands for something that comes out of no log. */
  readonly derivedFrom?: Source;
  /** Whether nobody needs its messages that the group of its app has read: they are deleted then, and nothing else ends them. */
  readonly isPassing?: boolean;
}

/** Without `onEmpty` a null is delivered but not typed: most topics carry none, and their handlers should not have to ask. */
type ValueOf<V extends Schema, E extends OnEmpty> = [E] extends [never]
  ? SchemaType<V>
  : E extends 'deliver'
    ? SchemaType<V> | null
    : SchemaType<V>;

/**
 * Defines a topic. Nothing connects: the name and the options are checked when an app that uses it starts.
 * @param name one name; or several, or a pattern, for a topic that is only read
 */
export function topic<const K extends Schema = 'string', const V extends Schema = 'json', const E extends OnEmpty = never>(
  name: string | readonly string[] | RegExp,
  options: TopicOptions<K, V, E> = {},
): TopicDefinition<SchemaType<K>, ValueOf<V, E>> {
  const names = Array.isArray(name) ? [...(name as readonly string[])] : [name as string | RegExp];
  const shown = names.map(String).join(',');
  const definition: TopicDefinition<SchemaType<K>, ValueOf<V, E>> = Object.freeze({
    kind: 'topic' as const,
    identifier: Symbol(`topic ${shown}`),
    name: shown,
    names,
    options: Object.freeze(givenOptions(options)),
    groupBy: ((by, grouping) => groupSource(definition as KeyedSource, by as GroupedDefinition['by'], grouping)) as KeyedSource<
      SchemaType<K>,
      ValueOf<V, E>
    >['groupBy'],
  });
  return definition;
}

/** Whether a value was made by `topic()`. */
export function isTopic(value: unknown): value is TopicDefinition {
  return typeof value === 'object' && value !== null && (value as TopicDefinition).kind === 'topic';
}

/** Whether a definition names one topic, which can be written to. */
export function isWritable({ names }: TopicDefinition): boolean {
  return names.length === 1 && typeof names[0] === 'string';
}

const optionNames: OptionNames<TopicOptions<Schema, Schema, OnEmpty>> = {
  key: true,
  value: true,
  partitions: true,
  replicas: true,
  retention: true,
  cleanup: true,
  config: true,
  onEmpty: true,
  eventTime: true,
  disorder: true,
};
const choicesOf = { cleanup: ['delete', 'compact', 'compact,delete'], onEmpty: ['deliver', 'skip', 'reject'] } as const satisfies Record<
  string,
  readonly string[]
>;
/** The remedy for a topic that is several where one is written to. */
export const ONE_NAME = 'Define the topic to write to by its one name';

/** Everything wrong with a definition. */
export function topicFaults(definition: TopicDefinition): Fault[] {
  const { names, options } = definition;
  const faults: Fault[] = [];
  const fault = (problem: string, remedy: string) => faults.push({ where: `topic '${definition.name}'`, problem, remedy });
  if (names.length === 0) fault('it has no name', 'Give it at least one');
  for (const { problem, remedy } of unknownOptions(options, optionNames)) fault(problem, remedy);
  if (!areOptions(options)) return faults;
  for (const name of names) {
    if (typeof name !== 'string' && !(name instanceof RegExp)) {
      fault(`its name is ${show(name)}`, name === undefined ? CIRCULAR : 'Give it a text, several in an array, or a pattern');
      continue;
    }
    if (typeof name === 'string' && !isTopicName(name)) fault(`'${name}' is not a legal topic name`, LEGAL_NAME);
    if (name instanceof RegExp && name.flags !== '')
      fault(`the pattern ${name} has flags`, 'The broker knows none: write the pattern without them');
  }
  for (const side of ['key', 'value'] as const) {
    const schema: unknown = options[side];
    if (schema !== undefined) for (const { problem, remedy } of schemaProblems(side, schema)) fault(problem, remedy);
    else if (side in options) fault(`its ${side} schema is undefined`, `${CIRCULAR}; or leave it out`);
  }
  for (const option of ['partitions', 'replicas'] as const) {
    const count = options[option];
    if (count !== undefined && (!Number.isInteger(count) || count < 1))
      fault(`${option} is ${count}`, 'Give a whole number from 1, or leave it to the broker');
  }
  for (const [option, choices] of Object.entries(choicesOf)) {
    const chosen = (options as Readonly<Record<string, unknown>>)[option];
    if (chosen !== undefined && !(choices as readonly unknown[]).includes(chosen))
      fault(`${option} is ${show(chosen)}`, `Use ${choices.map((each) => `'${each}'`).join(', ')}`);
  }
  const { retention } = options;
  if (retention !== undefined)
    attempt(
      () => durationMs(retention, 'retention'),
      (problem) => fault(problem, 'Correct the retention'),
    );
  const { eventTime, disorder } = options;
  if (eventTime !== undefined && typeof eventTime !== 'function')
    fault(`eventTime is ${show(eventTime)}`, 'Give it a function from a value to its time');
  if (disorder !== undefined)
    attempt(
      () => durationMs(disorder, 'disorder'),
      (problem) => fault(problem, 'Correct the disorder'),
    );
  return faults;
}

/** Takes the event time from a decoded value; undefined where it is the timestamp of the message. */
export function eventTimeOf({ options: { eventTime, value } }: TopicDefinition): ((value: unknown) => unknown) | undefined {
  if (eventTime !== undefined) return eventTime as (value: unknown) => unknown;
  const field = typeof value === 'function' ? eventTimeField(value) : undefined;
  return field === undefined ? undefined : (record) => (record as Readonly<Record<string, unknown>>)[field];
}

/** How much later an event of a topic may come than others that have happened after it, in milliseconds. */
export function disorderOf({ options: { disorder = 0 } }: TopicDefinition): number {
  return durationMs(disorder, 'disorder');
}

function attempt(action: () => unknown, failed: (problem: string) => void): void {
  try {
    action();
  } catch (thrown) {
    failed(reason(thrown));
  }
}
