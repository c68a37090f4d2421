import type { Logger } from 'pino';
import { refuseSteps } from '../agents/index.js';
import { asError, LifecycleError, loggable, reason } from '../errors/index.js';
import type { Hook, RunningComponent } from '../topology/index.js';

/** What to do about a hook that is a generator. */
export const ORDINARY = 'Write an ordinary method: nobody takes what a hook yields';

/** What a promise gives; rejects as soon as the worker is asked to stop. What the promise then gives is for nobody. */
export async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  promise.catch(() => undefined);
  mustGoOn(signal);
  let abort = () => {};
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(stopped());
    signal.addEventListener('abort', abort, { once: true });
  });
  return Promise.race([promise, aborted]).finally(() => signal.removeEventListener('abort', abort));
}

/** @throws LifecycleError when the worker was asked to stop */
export function mustGoOn(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw stopped();
}

function stopped(): LifecycleError {
  return new LifecycleError('the worker was asked to stop before it had started');
}

async function startHook({ name, start }: Hook, logger: Logger): Promise<void> {
  try {
    refuseSteps(await start?.(), name, ORDINARY);
  } catch (error) {
    logger.error({ hook: name, err: loggable(error) }, `start hook ${name} failed: ${reason(error)}`);
    throw error;
  }
}

/** Runs the start hooks in order. When one throws, or the signal is aborted, those that had started are stopped again. One that runs comes to its end. */
export async function startHooks(hooks: readonly Hook[], logger: Logger, signal?: AbortSignal): Promise<void> {
  let started = 0;
  try {
    for (const hook of hooks) {
      if (hook.start !== undefined) mustGoOn(signal);
      await startHook(hook, logger);
      started++;
    }
    mustGoOn(signal);
  } catch (error) {
    await stopHooks(hooks.slice(0, started), logger, () => undefined);
    throw error;
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

/** Stops components side by side; one that fails does not keep the others from it. */
export async function stopComponents(
  components: readonly RunningComponent[],
  logger: Logger,
  failed: (error: Error) => void = () => undefined,
): Promise<void> {
  const stop = async (component: RunningComponent): Promise<void> => {
    try {
      await component.stop();
    } catch (error) {
      logger.error({ err: loggable(error) }, `a component did not stop: ${reason(error)}`);
      failed(asError(error));
    }
  };
  await Promise.all(components.map(stop));
}
