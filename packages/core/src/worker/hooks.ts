import type { Logger } from 'pino';
import { refuseSteps } from '../agents/index.js';
import { asError, reason } from '../errors/index.js';
import type { Hook } from '../topology/index.js';

const ORDINARY = 'Write an ordinary method: nobody takes what a hook yields';

/** Runs the start hooks in order. When one throws, those that had started are stopped again. */
export async function startHooks(hooks: readonly Hook[], logger: Logger): Promise<void> {
  for (const [index, hook] of hooks.entries()) {
    try {
      refuseSteps(await hook.start?.(), hook.name, ORDINARY);
    } catch (error) {
      await stopHooks(hooks.slice(0, index), logger, () => undefined);
      throw error;
    }
  }
}

/** Runs the stop hooks in reverse order; one that throws does not keep the others from running. */
export async function stopHooks(hooks: readonly Hook[], logger: Logger, failed: (error: Error) => void): Promise<void> {
  for (const hook of [...hooks].reverse()) {
    try {
      refuseSteps(await hook.stop?.(), hook.name, ORDINARY);
    } catch (error) {
      logger.error({ hook: hook.name, error: reason(error) }, 'a stop hook failed');
      failed(asError(error));
    }
  }
}
