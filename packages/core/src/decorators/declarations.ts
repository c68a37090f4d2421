import type { ContainerModule, ServiceIdentifier } from 'inversify';
import type { Logger } from 'pino';
import type { BatchOption, ConcurrencyOption, ErrorsOption, Sink } from '../agents/index.js';
import { type InjectableDefinition, isDefinition, isInjectable, type Source } from '../definitions/index.js';
import { type Class, MemberSlot, Slot } from '../metadata/index.js';
import type { Duration } from '../time/index.js';
import type { AppOptions } from '../topology/index.js';

/** What can be injected: topics and tables by their definitions, anything else by its inversify identifier. */
export type Injectable = InjectableDefinition | ServiceIdentifier;

/** The identifier under which the container has it; undefined for a definition that it does not have. */
export function identifierOf(what: Injectable): ServiceIdentifier | undefined {
  if (!isDefinition(what)) return what;
  return isInjectable(what) ? what.identifier : undefined;
}

/** Something the container gives out: a class, or a value, class or factory under an identifier. */
export type Provider =
  | Class
  | { readonly provide: ServiceIdentifier; readonly useValue: unknown }
  | { readonly provide: ServiceIdentifier; readonly useClass: Class }
  | {
      readonly provide: ServiceIdentifier;
      /** Called once, when something asks for what it makes. A promise is waited for. */
      readonly useFactory: (...dependencies: never[]) => unknown;
      /** What the factory is given, in this order. */
      readonly inject?: readonly Injectable[];
    };

/** What `@App` takes. */
export interface AppDeclaration extends AppOptions {
  /** Classes and values of the container. Classes with agents, timers or hooks take part in the app. */
  readonly providers?: readonly Provider[];
  /** inversify's own modules, loaded as they are. */
  readonly modules?: readonly ContainerModule[];
  /** What the worker logs to, and what `@Inject(LOGGER)` gives. @default JSON lines on standard error; under the command its own log */
  readonly logger?: Logger;
}

/** What `@Agent` and `@Handler` write. */
export interface AgentDeclaration {
  readonly kind: 'stream' | 'handler';
  readonly source: Source;
  readonly name?: string;
  readonly sinks?: readonly Sink<never>[];
  readonly errors?: ErrorsOption;
  readonly concurrency?: ConcurrencyOption;
  readonly batch?: BatchOption;
  readonly handlerTimeout?: Duration;
}

/** What `@Inject` writes beside inversify's own metadata: what is asked for, and where. */
export interface InjectDeclaration {
  readonly what: unknown;
  readonly parameter?: number;
}

export const apps = new Slot<AppDeclaration>('app');
export const agents = new MemberSlot<AgentDeclaration>('agents');
/** The methods that are called at a moment in the life of a worker, by that moment. */
export const hooks = {
  start: new MemberSlot<true>('on-start'),
  stop: new MemberSlot<true>('on-stop'),
  assigned: new MemberSlot<true>('on-assigned'),
  revoked: new MemberSlot<true>('on-revoked'),
  recovered: new MemberSlot<true>('on-recovered'),
} as const;
export const injections = new MemberSlot<InjectDeclaration>('inject');
