import { type Discovery, discover } from '../discovery/index.js';
import { Letters } from '../letters/index.js';
import type { Class } from '../metadata/index.js';
import { SystemClock } from '../time/index.js';
import { standardLogger } from './logger.js';
import { mergeOptions } from './options.js';
import { openTransport } from './transports.js';
import type { Overrides } from './worker.js';

/**
 * Connects to the dead letters of an app, for a program of one's own. Nothing of the app is constructed or started. To be closed by the caller.
 * @throws DefinitionError with every fault of the declarations; ConfigurationError for an option; TransportError when the broker cannot be used
 */
export async function openLetters(appClass: Class, overrides: Omit<Overrides, 'providers'> = {}): Promise<Letters> {
  const discovery = discover(appClass);
  const { logger: given, clock = new SystemClock(), transport: ready, environment = process.env, ...options } = overrides;
  const app = mergeOptions(discovery.app, environment, options);
  const logger = given ?? discovery.app.logger ?? standardLogger(environment);
  const transport = ready ?? (await openTransport({ broker: app.broker, clientId: app.id, clock, logger, properties: app.kafka ?? {} }));
  return new Letters({ transport, clock, appId: app.id, agents: agentNames(discovery) });
}

/** The names of an app's agents, read from its classes. */
function agentNames({ classes, topology }: Discovery): string[] {
  return topology(new Map(classes.map((each) => [each, each.prototype as object]))).agents.map(({ name }) => name);
}
