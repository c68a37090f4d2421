import { TransportError } from '@weir/core/errors';
import type { Clock } from '@weir/core/time';
import type { ClientLog } from './client-log.js';
import { called, type DriverClient, type DriverMetadata } from './driver-types.js';
import { propertyError } from './properties.js';

/** How long the broker may take to answer. */
const connectMs = 10_000;
/** How long a refused login is tried again: in the first second after its start a broker refuses good ones too. */
const refusedMs = 2_500;
const lookMs = 100;

/**
 * Connects a client and makes sure that the broker answers.
 * @throws TransportError `BROKER_UNREACHABLE` or `AUTHENTICATION_FAILED`; the client is closed then
 */
export async function connect(
  client: DriverClient,
  log: ClientLog,
  clock: Clock,
  properties: Readonly<Record<string, unknown>>,
): Promise<void> {
  const address = String(properties['bootstrap.servers']);
  const connecting = called<DriverMetadata>((done) => client.connect({ allTopics: false, timeout: connectMs }, done));
  const watch = refused(log, clock);
  try {
    await Promise.race([connecting, watch.refused]);
  } catch (cause) {
    // A client that is refused gives up by itself when its time is over; nobody wants to hear of that.
    connecting.catch(() => undefined);
    log.stop();
    const fault = propertyError(cause, properties);
    if (fault !== cause) throw fault;
    throw log.refusal === undefined ? unreachable(address, log.failure, cause) : refusedBy(address, log.refusal, cause);
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

function unreachable(address: string, failure: string | undefined, cause: unknown): TransportError {
  return new TransportError(
    `no Kafka broker answers at ${address}${failure === undefined ? '' : ` (${failure})`}. Start one, or give the right address as broker: 'kafka://host:port'`,
    { code: 'BROKER_UNREACHABLE', cause, retriable: true },
  );
}

function refusedBy(address: string, refusal: string, cause: unknown): TransportError {
  return new TransportError(
    `the broker at ${address} refuses this client: ${refusal}. Check security.protocol, the sasl.* and the ssl.* properties under kafka: {…}`,
    { code: 'AUTHENTICATION_FAILED', cause },
  );
}
