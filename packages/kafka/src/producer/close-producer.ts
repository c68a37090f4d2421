import { reason } from '@weir/core/internal/errors';
import { type Clock, formatMs, within } from '@weir/core/internal/time';
import { closed } from '../driver/calls.js';
import type { Logger } from '../driver/client-log.js';
import type { DriverProducer } from '../driver/driver-types.js';
import { leaveBehind } from '../driver/process-end.js';

/** How long what is on its way may take to arrive. */
const flushMs = 5_000;
const disconnectMs = 3_000;

export interface ClosingProducer {
  readonly clock: Clock;
  readonly logger: Logger;
  /** How long what is on its way may take. @default 5 s, and no longer */
  readonly ms: number | undefined;
  readonly flushed: Promise<void>;
  /** Ends what still waits and gives the clients to close. */
  readonly silence: () => readonly DriverProducer[];
}

/** Delivers what can be delivered in a few seconds, then closes. */
export async function closeProducer({ clock, logger, ms = flushMs, flushed, silence }: ClosingProducer): Promise<void> {
  const outcome = flushed.then(
    () => undefined,
    (thrown) => `messages were not delivered before the producer was closed: ${reason(thrown)}`,
  );
  const limitMs = Math.min(ms, flushMs);
  const late = `messages were still on their way after ${formatMs(limitMs)} and are given up`;
  const problem = await within(clock, limitMs, outcome, late);
  if (problem !== undefined) logger.warn(problem);
  await Promise.all(silence().map((driver) => disconnect(driver, clock)));
}

/** Closes one client, waiting for it only so long. */
export async function disconnect(driver: DriverProducer, clock: Clock): Promise<void> {
  if (!driver.isConnected()) return;
  const closing = closed(driver, (done) => driver.disconnect(1, done)).catch(() => undefined);
  const isClosed = await within(
    clock,
    disconnectMs,
    closing.then(() => true),
    false,
  );
  if (!isClosed) leaveBehind(driver);
}
