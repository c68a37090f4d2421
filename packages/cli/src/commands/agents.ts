import { type AgentDescription, isAgentReference } from '@weir/core/internal/agents';
import { isTopic } from '@weir/core/internal/definitions';
import { discover } from '@weir/core/internal/discovery';
import type { GlobalArguments } from '../arguments/global-options.js';
import type { Runner, Surroundings } from '../command.js';
import { describeApp } from '../connect.js';
import { done } from '../failure.js';
import { needApp } from '../loading/load-app.js';
import { table } from '../printing/table.js';

/** `weir agents`: the agents of an app. */
export const agents: Runner = {
  async run(given: GlobalArguments, around: Surroundings): Promise<number> {
    const { out } = around.shell;
    const topology = describeApp(discover(await needApp(given, around)));
    const rows = topology.agents
      .map((agent) => ({ name: agent.name, topic: agent.topic.name, kind: kinds[agent.kind], sinks: sinksOf(agent) }))
      .sort((a, b) => a.name.localeCompare(b.name));
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

const kinds: Readonly<Record<AgentDescription['kind'], string>> = { stream: '@Agent', event: '@Handler', batch: '@Handler (batch)' };

function sinksOf({ sinks = [] }: AgentDescription): string[] {
  return sinks.map((sink: unknown) => {
    if (isTopic(sink)) return sink.name;
    return isAgentReference(sink) ? `@${sink.declaring.name}.${sink.method}` : (sink as { name?: string }).name || 'a function';
  });
}
