export type {
  AgentDescription,
  AgentReference,
  AgentRun,
  BatchOption,
  Blame,
  BoundAgent,
  ConcurrencyOption,
  CrashWatch,
  Hand,
  LaneContext,
  OpenTransaction,
  Sink,
  Spent,
  Tried,
} from './agent.js';
export { Begun, type BegunEvent, type BegunEvents } from './begun.js';
export { type Bindings, bindAgent, openLanes } from './bind.js';
export { CarefulOutlet } from './careful-outlet.js';
export {
  type Cause,
  causeOf,
  DeadLetters,
  deadLetterHeaders,
  deadLetterTopic,
  originalHeaders,
  originalTimestamp,
  replayAddress,
} from './dead-letters.js';
export { type ErrorPolicy, type ErrorsOption, errorPolicy, type RetryOption } from './errors-option.js';
export type { Lane } from './lane.js';
export { LaneScope, laneScope } from './lane-scope.js';
export { isSteps, refuseSteps, type Steps } from './outcome.js';
export type { Reach } from './reach.js';
export { agent, isAgentReference, type MethodName } from './reference.js';
export type { InFlight } from './running.js';
export { type Trail, trails } from './trail.js';
