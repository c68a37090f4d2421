import type { Logger } from 'pino';
import { asError, LifecycleError, reason } from '../errors/index.js';
import type { Hook } from '../topology/index.js';

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

function mustGoOn(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw stopped();
}

function stopped(): LifecycleError {
  return new LifecycleError('the worker was asked to stop before it had started');
}

/** Runs the start hooks in order. When one throws, or the signal is aborted, those that had started are stopped again. One that runs comes to its end. */
export async function startHooks(hooks: readonly Hook[], logger: Logger, signal?: AbortSignal): Promise<void> {
  let started = 0;
  try {
    for (const hook of hooks) {
      if (hook.start !== undefined) mustGoOn(signal);
      await hook.start?.();
      started++;
    }
    mustGoOn(signal);
  } catch (error) {
    await stopHooks(hooks.slice(0, started), logger, () => undefined);
    throw error;
  }
}

/** Runs the stop hooks in reverse order; one that throws does not keep the others from running. */
export async function stopHooks(hooks: readonly Hook[], logger: Logger, failed: (error: Error) => void): Promise<void> {
  for (const hook of [...hooks].reverse()) {
    try {
      await hook.stop?.();
    } catch (error) {
      logger.error({ hook: hook.name, error: reason(error) }, 'a stop hook failed');
      failed(asError(error));
    }
  }
}
