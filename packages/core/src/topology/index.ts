export type { TableSet } from '../tables/index.js';
export {
  type AppOptionName,
  appOptionNames,
  appOptions,
  checkOption,
  readOption,
  standardCommitInterval,
  variableOf,
} from './app-options.js';
export {
  bindComponent,
  type Component,
  type ComponentMember,
  components,
  declareMember,
} from './component.js';
export { type TableUse, tableSets } from './tables.js';
export { timedTopics } from './timed.js';
export {
  type AppOptions,
  type BoundComponent,
  type ComponentSurroundings,
  type Guarantee,
  groupOf,
  type Hook,
  isAppId,
  type LeaderTerm,
  type LeaderTick,
  leadTopic,
  type PartitionsHook,
  type PartitionTick,
  passingTopics,
  type RecoveryOptions,
  type Repartition,
  type RunningComponent,
  repartitionsOf,
  type StateDescription,
  type StateSurroundings,
  type Tick,
  type Topology,
  topicsOf,
} from './topology.js';
