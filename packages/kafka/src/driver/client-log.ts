import type { Clock } from '@weir/core/internal/time';
import type { TransportOptions } from '@weir/core/internal/transport';
import type { DriverClient, DriverError, DriverLog } from './driver-types.js';

export type Logger = TransportOptions['logger'];

/** One line of a kind in this time: a broker that is down makes librdkafka repeat itself many times a second. */
const quietMs = 30_000;

/** What librdkafka says at this moment of the connection. */
export interface ClientLog {
  /** The last line about a refused login or a failed handshake. */
  readonly refusal: string | undefined;
  /** The last line about a connection that failed. */
  readonly failure: string | undefined;
  /** The last line about a broker that closed the connection. */
  readonly hangUp: string | undefined;
  /** Forgets all of them. */
  settle(): void;
  /** Says nothing more. */
  stop(): void;
  /** Logs something of our own, at most once in a while for each kind. */
  warn(kind: string, message: string): void;
}

/** Writes what a client reports to the logger, one line for each kind in 30 s. */
export function listen(client: DriverClient, name: string, logger: Logger, clock: Clock): ClientLog {
  const seen = new Map<string, { until: number; left: number }>();
  let isStopped = false;
  let refusal: string | undefined;
  let failure: string | undefined;
  let hangUp: string | undefined;

  const isQuiet = (kind: string): number | undefined => {
    if (isStopped) return undefined;
    const last = seen.get(kind);
    if (last !== undefined && clock.now() < last.until) {
      last.left += 1;
      return undefined;
    }
    seen.set(kind, { until: clock.now() + quietMs, left: 0 });
    return last?.left ?? 0;
  };
  const write = (level: 'error' | 'warn' | 'info' | 'debug', kind: string, message: string): void => {
    const left = isQuiet(kind);
    if (left !== undefined) logger[level]({ client: name, ...(left > 0 && { repeated: left }) }, message);
  };

  client.on('event.log', ({ severity, fac, message }: DriverLog) => {
    // The same properties go to consumers and producers; that one kind ignores what the other needs is no news.
    if (fac === 'CONFWARN' && /will be ignored by this (consumer|producer) instance/.test(message)) return;
    const text = message.replace(/^(\[thrd:[^\]]*\]: )/, '');
    if (isRefusal(text)) refusal = text;
    else if (severity <= 3) failure = text;
    else if (/: Disconnected/.test(text)) hangUp = text;
    write(severity <= 3 ? 'error' : severity === 4 ? 'warn' : severity <= 6 ? 'info' : 'debug', fac, text);
  });
  client.on('event.error', (error: DriverError) => {
    if (isRefusal(error.message)) refusal ??= error.message;
    write('warn', error.message, `Kafka client: ${error.message}`);
  });
  return {
    get refusal() {
      return refusal;
    },
    get failure() {
      return failure;
    },
    get hangUp() {
      return hangUp;
    },
    settle() {
      refusal = undefined;
      failure = undefined;
      hangUp = undefined;
    },
    stop() {
      isStopped = true;
    },
    warn: (kind, message) => write('warn', kind, message),
  };
}

function isRefusal(text: string): boolean {
  return /authentication (failed|failure|error)|invalid credentials|handshake failed|certificate|ssl error|unsupported sasl mechanism/i.test(
    text,
  );
}
