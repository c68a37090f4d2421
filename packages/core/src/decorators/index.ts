export { Agent, type AgentOptions } from './agent.js';
export { App } from './app.js';
export { Cron, type CronOptions } from './cron.js';
export {
  type AgentDeclaration,
  type AppDeclaration,
  agents,
  apps,
  hooks,
  type Injectable,
  type InjectDeclaration,
  identifierOf,
  injections,
  type Provider,
} from './declarations.js';
export { EventTime } from './event-time.js';
export { type BatchHandlerOptions, Handler, type HandlerOptions } from './handler.js';
export { OnAssigned, OnRecovered, OnRevoked, OnStart, OnStop } from './hooks.js';
export { Inject } from './inject.js';
export { Record } from './record.js';
export { Task, type TaskOptions } from './task.js';
export { type TableTimerOptions, Timer, type TimerOptions } from './timer.js';
