import { mergeOptions, Worker } from '@weir/core/app';
import { discover } from '@weir/core/discovery';
import type { Transport } from '@weir/core/transport';
import { settingsOf } from '@weir/core/worker';
import { type AppArguments, appOptions, overridesOf } from '../app-options.js';
import { banner } from '../banner.js';
import type { Command, Surroundings } from '../command.js';
import { describeApp } from '../connect.js';
import { done } from '../failure.js';
import { needApp } from '../load-app.js';
import { describeLog, openLogger } from '../logger.js';
import { StopSignals } from '../stop-signals.js';

/** `weir worker`: runs an app until it is told to stop. */
export const worker: Command = {
  usage: 'worker',
  describe: 'Run the app until Ctrl-C',
  options: appOptions,
  examples: [['$0 -A src/app.ts worker -l info', 'Run an app and tell of its life']],
  async run(given: AppArguments, around: Surroundings): Promise<number> {
    const { shell } = around;
    const appClass = await needApp(given, around);
    const overrides = overridesOf(given);
    const discovery = discover(appClass);
    const app = mergeOptions(discovery.app, shell.environment, overrides);
    settingsOf(app);
    const logger = openLogger(given, shell);
    const { clock, environment } = shell;
    const signals = new StopSignals(shell);
    try {
      logger.info(`connecting to ${app.broker}`);
      const opening = shell.open({ broker: app.broker, clientId: app.id, clock, logger, properties: app.kafka ?? {} });
      const transport = await signals.unlessStopped(opening);
      if (transport === undefined) return abandon(opening);
      const facts = { broker: app.broker, driver: transport.description, log: describeLog(given, shell), pid: process.pid };
      if (!given.quiet) shell.out.write(banner(shell.out, { ...describeApp(discovery), app }, facts));
      const running = await start(() => Worker.start(appClass, { ...overrides, logger, clock, environment, transport }), transport);
      signals.stops(running);
      await running.finished;
      return done;
    } finally {
      signals.end();
    }
  },
};

/** A worker closes its transport; one that did not come about leaves it to us. */
async function start(starting: () => Promise<Worker>, transport: Transport): Promise<Worker> {
  try {
    return await starting();
  } catch (error) {
    await transport.close();
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
