export { type AppOptions, type Guarantee, groupOf, type Hook, type Topology, topicsOf } from './topology.js';
