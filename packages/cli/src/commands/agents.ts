import { type AgentDescription, isAgentReference, isRegrouping } from '@weir/core/internal/agents';
import { isParkedSource, isTopic } from '@weir/core/internal/definitions';
import { discover } from '@weir/core/internal/discovery';
import type { GlobalArguments } from '../arguments/global-options.js';
import type { Runner, Surroundings } from '../command.js';
import { describeApp, optionsOf } from '../connect.js';
import { done } from '../failure.js';
import { needApp } from '../loading/load-app.js';
import { table } from '../printing/table.js';

/** `weir agents`: the agents of an app. */
export const agents: Runner = {
  async run(given: GlobalArguments, around: Surroundings): Promise<number> {
    const { out } = around.shell;
    const discovery = discover(await needApp(given, around));
    const rows = rowsOf(describeApp(discovery, optionsOf(discovery, given, around)).agents);
    if (given.json) out.write(`${JSON.stringify(rows)}\n`);
    else
      out.write(
        table(
          out,
          ['name', 'topic', 'kind', 'sinks'],
          rows.map((row) => [row.name, row.topic, row.kind, row.sinks.join(', ') || '-']),
        ),
      );
    return done;
  },
};

interface Row {
  readonly name: string;
  readonly topic: string;
  readonly kind: string;
  readonly sinks: readonly string[];
}

/** One for each agent, also for one that reads several topics by schemas of their own, or parks their events. */
function rowsOf(agents: readonly AgentDescription[]): Row[] {
  const rows = new Map<string, Row>();
  for (const { name, topic, kind, sinks = [] } of agents) {
    if (isParkedSource(topic.derivedFrom)) continue;
    const topics = [rows.get(name)?.topic, topic.name].filter((each) => each !== undefined).join(', ');
    rows.set(name, { name, topic: topics, kind: sinks.some(isRegrouping) ? 'groupBy' : kinds[kind], sinks: sinks.map(nameOf) });
  }
  return [...rows.values()].sort((a, b) => a.name.localeCompare(b.name));
}

const kinds: Readonly<Record<AgentDescription['kind'], string>> = { stream: '@Agent', event: '@Handler', batch: '@Handler (batch)' };

function nameOf(sink: unknown): string {
  if (isTopic(sink)) return sink.name;
  if (isRegrouping(sink)) return sink.topic.name;
  return isAgentReference(sink) ? `@${sink.declaring.name}.${sink.method}` : (sink as { name?: string }).name || 'a function';
}
