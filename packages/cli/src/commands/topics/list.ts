import { type AgentDescription, isAgentReference, isRegrouping } from '@weir/core/internal/agents';
import { injections } from '@weir/core/internal/decorators';
import { isTopic, type Schema, schemaName, type TopicDefinition } from '@weir/core/internal/definitions';
import type { Discovery } from '@weir/core/internal/discovery';
import { deadLetterTopic } from '@weir/core/internal/letters';
import { type Topology, topicsOf } from '@weir/core/internal/topology';
import type { TopicInfo } from '@weir/core/internal/transport';
import type { GlobalArguments } from '../../arguments/global-options.js';
import type { Runner, Surroundings } from '../../command.js';
import { type Connection, connected, describeApp } from '../../connect.js';
import { done } from '../../failure.js';
import { table } from '../../printing/table.js';

interface TopicsArguments extends GlobalArguments {
  readonly all?: boolean;
}

/** A topic as the app and the broker have it; null is what one of them does not say. */
interface Row {
  readonly name: string;
  readonly declared: number | null;
  readonly actual: number | null;
  readonly key: string | null;
  readonly value: string | null;
  readonly readers: readonly string[];
  readonly writers: readonly string[];
}

/** `weir topics`: what the app declares beside what the broker has. */
export const list: Runner = {
  run: (given: TopicsArguments, around: Surroundings): Promise<number> =>
    connected(given, around, async (connection) => {
      const { out } = around.shell;
      const admin = await connection.transport.admin();
      const rows = merge(
        declaredTopics(connection),
        await admin.topics(),
        given.all === true || connection.discovery === undefined,
        connection,
      );
      if (given.json) out.write(`${JSON.stringify(rows)}\n`);
      else out.write(table(out, head, rows.map(cellsOf)));
      return done;
    }),
};

const head = ['name', 'declared', 'partitions', 'key', 'value', 'read by', 'written by'];

function cellsOf({ name, declared, actual, key, value, readers, writers }: Row): string[] {
  const cells = [declared, actual ?? 'missing', key, value, readers.join(', ') || null, writers.join(', ') || null];
  return [name, ...cells.map((cell) => String(cell ?? '-'))];
}

function declaredTopics({ discovery, options }: Connection): Row[] {
  if (discovery === undefined) return [];
  const topology = describeApp(discovery, options);
  return topicsOf(topology).map((definition) => ({
    name: definition.name,
    declared: definition.options.partitions ?? null,
    actual: null,
    key: schemaName(definition.options.key ?? 'string'),
    value: schemaName(definition.options.value ?? (options.codec as Schema | undefined) ?? 'json'),
    readers: topology.agents.filter((agent) => agent.topic === definition).map((agent) => agent.name),
    writers: writersOf(definition, topology, discovery),
  }));
}

/** Agents with a sink there, and classes that have the topic injected. */
function writersOf(definition: TopicDefinition, topology: Topology, { classes }: Discovery): string[] {
  const injected = classes.filter((each) => injections.read(each).some(({ value }) => value.what === definition)).map((each) => each.name);
  return [...topology.agents.filter((agent) => sendsTo(agent, definition, topology)).map((agent) => agent.name), ...injected];
}

function sendsTo({ sinks = [] }: AgentDescription, definition: TopicDefinition, topology: Topology): boolean {
  return sinks.some((sink: unknown) => {
    if (isTopic(sink)) return sink === definition;
    if (isRegrouping(sink)) return sink.topic === definition;
    return isAgentReference(sink) && topology.agentOf?.(sink)?.topic === definition;
  });
}

/** What the broker has, laid over what the app declares. The dead letters of the app show when there are any. */
function merge(declared: readonly Row[], existing: readonly TopicInfo[], all: boolean, { discovery, options }: Connection): Row[] {
  const partitions = new Map(existing.map((info) => [info.name, info.partitions]));
  const rows = declared.map((row) => ({ ...row, actual: partitions.get(row.name) ?? null }));
  const letters = discovery === undefined ? undefined : deadLetterTopic(options.id);
  const others = existing
    .filter(({ name }) => !declared.some((row) => row.name === name) && (all || name === letters))
    .map(({ name, partitions: actual }): Row => {
      const writers = name === letters ? ['dead letters'] : [];
      return { name, declared: null, actual, key: null, value: null, readers: [], writers };
    });
  return [...rows, ...others].sort((a, b) => a.name.localeCompare(b.name));
}
