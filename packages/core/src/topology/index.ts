export type { TableSet } from '../tables/index.js';
export { type TableUse, tableSets } from './tables.js';
export {
  type AppOptions,
  type Guarantee,
  groupOf,
  type Hook,
  isAppId,
  type PartitionsHook,
  type Repartition,
  repartitionsOf,
  type StateDescription,
  type StateSurroundings,
  type Topology,
  topicsOf,
} from './topology.js';
