import type { Logger } from 'pino';
import type { Recovery } from '../../recovery/index.js';
import type { Clock } from '../../time/index.js';
import { type ComponentSurroundings, leadTopic, type RunningComponent, type Topology } from '../../topology/index.js';
import type { Assembly } from '../assembly.js';
import { GroupAttempts } from './group-attempts.js';
import { Leading } from './leading.js';
import { PerPartition } from './per-partition.js';

/** What components have of the worker. */
export interface ComponentsParts extends Pick<ComponentSurroundings, 'moved' | 'ready' | 'fail'> {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly recovery: Recovery;
  readonly isExact: boolean;
  /** Takes back what is not committed. */
  readonly abort: (why: Error) => void;
}

/** Opens what runs beside the agents of a topology: nothing runs yet. */
export function openComponents(
  { app, agents, states = [], components = [] }: Topology,
  { assignment, outputs, consumer }: Pick<Assembly, 'assignment' | 'outputs' | 'consumer'>,
  { recovery, isExact, abort, ...common }: ComponentsParts,
): { readonly name: string; readonly running: RunningComponent }[] {
  const { clock, fail } = common;
  const attempts = new GroupAttempts({ outputs, clock, isExact, abort });
  const perPartition = new PerPartition({ states, assignment, attempts, clock });
  const lead = leadTopic(agents.map(({ topic }) => topic));
  const leading =
    lead === undefined || consumer === undefined ? undefined : new Leading({ lead, assignment, attempts, consumer, recovery, clock, fail });
  const around: ComponentSurroundings = {
    ...{ ...common, app },
    whenLeading: (listener) => leading?.tell(listener),
    perPartition: (table, name, run) => perPartition.run(table, name, run),
  };
  return components.map((bound) => ({ name: bound.kind, running: bound.open(around) }));
}
