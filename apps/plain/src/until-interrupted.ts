import { setTimeout as sleep } from 'node:timers/promises';

/** Aborted by Ctrl-C, and by the system's wish that the process should end. */
export function untilInterrupted(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => controller.abort());
  return controller.signal;
}

/** Calls back with 0, 1, 2 … once a second until Ctrl-C. */
export async function everySecond(tick: (count: number) => void): Promise<void> {
  const signal = untilInterrupted();
  for (let count = 0; !signal.aborted; count++) {
    tick(count);
    await sleep(1_000, undefined, { signal }).catch(() => undefined);
  }
}
