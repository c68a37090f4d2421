export {
  type AgentDescription,
  type AgentReference,
  type AgentRun,
  type BatchOption,
  type BoundAgent,
  type ConcurrencyOption,
  isRegrouping,
  type Regrouping,
  type ResultTaker,
  runsSeveral,
  type Sink,
} from './agent.js';
export { type Bindings, bindAgent } from './bind.js';
export { type ErrorPolicy, type ErrorsOption, errorPolicy, type RetryOption } from './errors-option.js';
export { isThenable } from './is-thenable.js';
export { hasPromises, isSteps, refuseSteps, type Steps } from './outcome.js';
export { agent, isAgentReference, type MethodName } from './reference.js';
