import { hostname } from 'node:os';
import { mergeOptions, Worker } from '@weir/core/internal/app';
import { discover } from '@weir/core/internal/discovery';
import { ConfigurationError, LifecycleError, withoutCredentials } from '@weir/core/internal/errors';
import type { Topology } from '@weir/core/internal/topology';
import type { Transport } from '@weir/core/internal/transport';
import { settingsOf } from '@weir/core/internal/worker';
import type { Logger } from 'pino';
import { type AppArguments, overridesOf } from '../arguments/app-options.js';
import type { Runner, Surroundings } from '../command.js';
import { describeApp } from '../connect.js';
import { done } from '../failure.js';
import { needApp } from '../loading/load-app.js';
import { banner } from '../printing/banner.js';
import { describeLog, logOutput, openLogger, openWorkerLogger } from '../printing/logger.js';
import { progressBar, progressLog, RecoveryProgress } from '../printing/recovery-progress.js';
import { StatusLine } from '../printing/status-line.js';
import { StopSignals, untilAborted } from '../processes/stop-signals.js';
import { Supervisor } from '../processes/supervisor.js';
import { forkWorker, supervisedAs } from '../processes/worker-process.js';
import type { Shell } from '../shell.js';
import { describeDriver } from '../versions.js';

/** How much longer than `shutdownTimeout` a supervisor waits for its workers, which keep to that themselves. */
const graceMs = 5_000;

interface WorkerArguments extends AppArguments {
  readonly workers?: string;
  readonly acceptReset?: boolean;
}

/** `weir worker`: runs an app until it is told to stop. */
export const worker: Runner = {
  async run(given: WorkerArguments, around: Surroundings): Promise<number> {
    const { shell } = around;
    const appClass = await needApp(given, around);
    const number = supervisedAs(shell);
    const discovery = discover(appClass);
    const said = mergeOptions(discovery.app, shell.environment, overridesOf(given), discovery.tables.length > 0);
    // Stays the same when the worker is started again, also with its supervisor.
    const own = number === undefined ? {} : { member: `${said.member || hostname()}-${number}` };
    const overrides = { ...overridesOf(given), ...own };
    const app = { ...said, ...own };
    const { shutdownTimeoutMs } = settingsOf(app);
    if (given.workers !== undefined && number === undefined)
      return supervise(given, shell, { ...describeApp(discovery, app), app }, shutdownTimeoutMs + graceMs);
    const { logger: declared } = discovery.app;
    const { logger, progress } = openOutput(declared, given, shell);
    const { clock, environment } = shell;
    const signals = new StopSignals(shell, shutdownTimeoutMs);
    const { signal } = signals;
    try {
      logger.info(`connecting to ${withoutCredentials(app.broker)}`);
      const opening = shell.open({ broker: app.broker, clientId: app.id, clock, logger, properties: app.kafka ?? {} });
      const transport = await untilAborted(opening, signal);
      if (transport === undefined) return abandon(opening);
      const facts = { broker: app.broker, driver: transport.description, log: describeLog(given, shell, declared), pid: process.pid };
      if (!given.quiet && number === undefined) shell.out.write(banner(shell.out, { ...describeApp(discovery, app), app }, facts));
      const running = await start(
        () =>
          Worker.start(appClass, {
            ...overrides,
            leaves: number !== undefined,
            acceptReset: given.acceptReset,
            logger,
            clock,
            environment,
            transport,
            signal,
            observers: [progress],
          }),
        transport,
        signal,
      );
      if (running === undefined) return done;
      signals.stops(running);
      await running.finished;
      return done;
    } finally {
      signals.end();
    }
  },
};

/** The log of a worker, and what shows how far a recovery is: a bar below the log on a terminal, lines of the log elsewhere. */
function openOutput(declared: Logger | undefined, given: WorkerArguments, shell: Shell): { logger: Logger; progress: RecoveryProgress } {
  const hasBar = shell.err.isTerminal && !given.quiet && !given.json;
  const line = new StatusLine(shell.err);
  const logger = openWorkerLogger(declared, given, hasBar ? { ...shell, err: line } : shell);
  return { logger, progress: new RecoveryProgress(hasBar ? progressBar(line) : progressLog(logger), shell.clock) };
}

/** A worker closes its transport; one that did not come about leaves it to us. Undefined for one that was asked to stop before. */
async function start(starting: () => Promise<Worker>, transport: Transport, signal: AbortSignal): Promise<Worker | undefined> {
  try {
    return await starting();
  } catch (error) {
    await transport.close();
    if (signal.aborted && error instanceof LifecycleError) return undefined;
    throw error;
  }
}

/** Stopped before there was a connection: it is closed when it comes, and nobody waits for it. */
function abandon(opening: Promise<Transport>): number {
  opening.then(
    (transport) => transport.close(),
    () => undefined,
  );
  return done;
}

/** Several workers, each in a process of its own. */
async function supervise(
  given: WorkerArguments,
  shell: Shell,
  described: Topology & { app: { broker: string } },
  stopMs: number,
): Promise<number> {
  const count = Number(given.workers);
  if (!Number.isInteger(count) || count < 1) throw new ConfigurationError('--workers', given.workers, 'a whole number from 1');
  const { broker } = described.app;
  if (broker.startsWith('memory:'))
    throw new ConfigurationError(
      '--workers',
      given.workers,
      `a broker that several processes reach: ${withoutCredentials(broker)} is in one`,
    );
  const logger = openLogger(given, shell);
  const log = logOutput(given, shell);
  const facts = { broker, driver: await describeDriver(), log: describeLog(given, shell), pid: process.pid, workers: count };
  if (!given.quiet) shell.out.write(banner(shell.out, described, facts));
  const supervisor = new Supervisor({ count, clock: shell.clock, logger, stopMs, fork: (number) => forkWorker(number, shell, log) });
  let heard = 0;
  const end = shell.interrupts.listen(() => (++heard === 1 ? supervisor.stop() : supervisor.kill()));
  try {
    return await supervisor.run();
  } finally {
    end();
  }
}
