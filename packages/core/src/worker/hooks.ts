import type { Logger } from 'pino';
import { refuseSteps } from '../agents/index.js';
import { asError, loggable, reason } from '../errors/index.js';
import type { Hook } from '../topology/index.js';

const ORDINARY = 'Write an ordinary method: nobody takes what a hook yields';

/** Runs the start hooks in order. When one throws, those that had started are stopped again. */
export async function startHooks(hooks: readonly Hook[], logger: Logger): Promise<void> {
  for (const [index, hook] of hooks.entries()) {
    try {
      refuseSteps(await hook.start?.(), hook.name, ORDINARY);
    } catch (error) {
      logger.error({ hook: hook.name, err: loggable(error) }, `start hook ${hook.name} failed: ${reason(error)}`);
      await stopHooks(hooks.slice(0, index), logger, () => undefined);
      throw error;
    }
  }
}

/**
 * Runs the stop hooks in reverse order; one that throws does not keep the others from running.
 * @param begins told the name of each as it begins
 */
export async function stopHooks(
  hooks: readonly Hook[],
  logger: Logger,
  failed: (error: Error) => void,
  begins: (name: string) => void = () => undefined,
): Promise<void> {
  for (const hook of [...hooks].reverse()) {
    try {
      begins(hook.name);
      refuseSteps(await hook.stop?.(), hook.name, ORDINARY);
    } catch (error) {
      logger.error({ hook: hook.name, err: loggable(error) }, `stop hook ${hook.name} failed: ${reason(error)}`);
      failed(asError(error));
    }
  }
}
