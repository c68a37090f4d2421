export { AgentError } from './agent-error.js';
export { CodecError, DecodeError, type FieldFault } from './codec-error.js';
export { codes, type ErrorCode, retired } from './codes.js';
export { ConfigurationError } from './configuration-error.js';
export { DefinitionError, type Fault } from './definition-error.js';
export { LifecycleError } from './lifecycle-error.js';
export { formatPosition, type Position, type TopicPartition } from './position.js';
export { TransportError, type TransportErrorOptions } from './transport-error.js';
export { asError, reason, WeirError } from './weir-error.js';
