import { hostname } from 'node:os';
import { withoutCredentials } from '@weir/core/internal/errors';
import { type Topology, topicsOf } from '@weir/core/internal/topology';
import type { Output } from '../shell.js';
import { describeNode, weirVersion } from '../versions.js';
import { card } from './table.js';

/** What the banner tells beside the topology. */
export interface BannerFacts {
  readonly broker: string;
  /** The transport's description of itself. */
  readonly driver: string;
  readonly log: string;
  readonly pid: number;
  /** Workers in processes of their own. */
  readonly workers?: number;
}

/** What a worker is and where it runs, in a box. */
export function banner(out: Output, topology: Topology, { broker, driver, log, pid, workers }: BannerFacts): string {
  const { app, agents, components = [] } = topology;
  const { store = 'memory://' } = app;
  const topics = topicsOf(topology).map((topic) => topic.name);
  const rows: (readonly [string, string])[] = [
    ['id', app.version === undefined || app.version === 1 ? app.id : `${app.id} (version ${app.version})`],
    ['broker', withoutCredentials(broker)],
    ['store', typeof store === 'function' ? "the app's own" : store],
    ['log', log],
    ['pid', String(pid)],
    ...(workers === undefined ? [] : [['workers', String(workers)] as const]),
    ['hostname', hostname()],
    ['platform', describeNode()],
    ['drivers', driver],
    ['agents', listed(agents.map((agent) => agent.name))],
    ...components.map(
      ({ kind, members }) => [`${kind}s`, listed(members.map(({ name, description }) => `${name} ${description}`.trim()))] as const,
    ),
    ['topics', listed(topics)],
  ];
  return card(out, `weir ${weirVersion()}`, rows);
}

function listed(names: readonly string[]): string {
  return names.length === 0 ? '-' : [...new Set(names)].join(', ');
}
