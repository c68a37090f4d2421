import { mergeOptions, unreadVariables } from '@weir/core/internal/app';
import { type Discovery, discover } from '@weir/core/internal/discovery';
import { withoutCredentials } from '@weir/core/internal/errors';
import type { Class } from '@weir/core/internal/metadata';
import type { AppOptions } from '@weir/core/internal/topology';
import type { Transport } from '@weir/core/internal/transport';
import { type Logger, pino } from 'pino';
import { versionOf } from './arguments/app-options.js';
import { type GlobalArguments, kafkaProperties } from './arguments/global-options.js';
import { UsageError } from './arguments/usage.js';
import type { Surroundings } from './command.js';
import { findApp } from './loading/load-app.js';
import { openLogger } from './printing/logger.js';
import type { Shell } from './shell.js';

/** What a tool works on: a broker, and the app if one is named. */
export interface Connection {
  readonly transport: Transport;
  readonly options: AppOptions & { readonly broker: string };
  readonly discovery: Discovery | undefined;
}

/** What a tool is told about its connection. */
export interface ConnectionArguments extends GlobalArguments {
  /** The id of an app, in place of the one that the app declares. */
  readonly id?: string;
  /** The same of its version. */
  readonly appVersion?: string;
}

/**
 * Connects to the broker of the app, or to the one that the command line or `WEIR_BROKER` names, for as long as `use` takes. That no broker
 * answers is said as soon as it is known, while it is tried on.
 */
export async function connected<T>(
  given: ConnectionArguments,
  around: Surroundings,
  use: (connection: Connection) => Promise<T>,
): Promise<T> {
  warnOfVariables(given, around);
  const appClass = await findApp(given, around);
  const discovery = appClass === undefined ? undefined : discover(appClass);
  const options = optionsOf(discovery, given, around);
  mustBeShared(options.broker);
  const { clock, open } = around.shell;
  const { logger, opened } = connectionLog(given, around.shell, options.broker);
  const transport = await open({ broker: options.broker, clientId: options.id, clock, logger, properties: options.kafka ?? {} });
  opened();
  try {
    return await use({ transport, options, discovery });
  } finally {
    await transport.close();
  }
}

/** A worker says it in its log. */
export function warnOfVariables({ quiet }: GlobalArguments, { shell }: Surroundings): void {
  if (!quiet) for (const told of unreadVariables(shell.environment)) shell.err.write(`warning: ${told}\n`);
}

/**
 * What fails is told once, as the command's error: without a log of its own it says only the first thing that goes wrong before `opened`,
 * and nothing with `--loglevel silent`.
 */
function connectionLog(given: ConnectionArguments, shell: Shell, broker: string): { readonly logger: Logger; opened(): void } {
  const logger = openLogger(given, shell, 'silent');
  if (given.loglevel === 'silent' || logger.isLevelEnabled('fatal')) return { logger, opened: () => undefined };
  let isSaid = false;
  const opened = (): void => {
    isSaid = true;
  };
  const write = (line: string): void => {
    if (isSaid) return;
    isSaid = true;
    shell.err.write(`no answer from ${withoutCredentials(broker)} yet, trying on: ${(JSON.parse(line) as { readonly msg: string }).msg}\n`);
  };
  return { logger: pino({ level: 'error' }, { write }), opened };
}

/** The options of a command: those of the app, overridden from outside. */
export function optionsOf(discovery: Discovery | undefined, given: ConnectionArguments, { shell }: Surroundings): Connection['options'] {
  const { broker, id } = given;
  return mergeOptions(discovery?.app ?? { id: 'weir' }, shell.environment, {
    broker,
    id,
    ...versionOf(given),
    kafka: kafkaProperties(given),
  });
}

/** A broker in memory lives in the worker's process: nothing that this command could reach. */
function mustBeShared(broker: string): void {
  if (!broker.startsWith('memory:')) return;
  throw new UsageError(
    `${withoutCredentials(broker)} lives inside its worker: no other process can reach a broker in memory. ` +
      'Start one for all with `weir broker`, and use -b kafka://localhost:9092',
  );
}

/**
 * What an app declares, with the methods of its prototypes: for looking at, not for running. Nothing of the application is constructed.
 * @param options those that it runs with: the names of its internal topics begin with its id
 */
export function describeApp(discovery: Discovery, options: AppOptions): ReturnType<Discovery['topology']> {
  return discovery.topology(new Map(discovery.classes.map((each: Class) => [each, each.prototype as object])), options);
}
