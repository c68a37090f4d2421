import type { Clock } from '@weir/core/internal/time';
import { opened } from './calls.js';
import type { ClientLog } from './client-log.js';
import { connectionFault } from './connection-fault.js';
import type { DriverClient } from './driver-types.js';

/** How long the broker may take to answer. */
const connectMs = 10_000;
/** How long a refused login is tried again: in the first second after its start a broker refuses good ones too. */
const refusedMs = 2_500;
const lookMs = 100;

/**
 * Connects a client and makes sure that the broker answers.
 * @throws ConfigurationError for a property; TransportError `BROKER_UNREACHABLE` or `AUTHENTICATION_FAILED`; the client is closed then
 */
export async function connect(
  client: DriverClient,
  log: ClientLog,
  clock: Clock,
  properties: Readonly<Record<string, unknown>>,
): Promise<void> {
  const connecting = opened(client, connectMs);
  const watch = refused(log, clock);
  try {
    await Promise.race([connecting, watch.refused]);
  } catch (cause) {
    // A client that is refused gives up by itself when its time is over; nobody wants to hear of that.
    connecting.catch(() => undefined);
    log.stop();
    const { refusal, failure, hangUp } = log;
    throw await connectionFault({ properties, cause, refusal, failure, hangUp });
  } finally {
    watch.stop();
    log.settle();
  }
}

/** Rejects when the broker refuses us for a while. */
function refused(log: ClientLog, clock: Clock): { readonly refused: Promise<never>; stop(): void } {
  let stop: () => void = () => undefined;
  const promise = new Promise<never>((_, reject) => {
    const look = (since: number | undefined): void => {
      const first = since ?? (log.refusal === undefined ? undefined : clock.now());
      if (first !== undefined && clock.now() - first >= refusedMs) reject(new Error(log.refusal));
      else stop = clock.after(lookMs, () => look(first));
    };
    look(undefined);
  });
  return { refused: promise, stop: () => stop() };
}
