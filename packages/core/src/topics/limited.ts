import { asError, TransportError } from '../errors/index.js';
import type { Position } from '../positions/index.js';
import { type Cancel, type Clock, type Duration, durationMs, formatMs } from '../time/index.js';
import { Sending } from '../transport/index.js';

/** For how long whoever sends a message waits to hear of it. That it is given up does not take it back: it may still arrive. */
export interface SendOptions {
  /** After it the promise rejects with a retriable `DELIVERY_FAILED`. @default librdkafka's `message.timeout.ms`, 5 minutes */
  readonly timeout?: Duration;
  /** Aborted, the promise rejects with its reason; aborted before, nothing is sent. */
  readonly signal?: AbortSignal;
}

/** What sending gives, or a failure once it has taken too long or was given up. The message is on its way all the same, and a checkpoint waits for it. */
export function limited(clock: Clock, { timeout, signal }: SendOptions, topic: string, send: () => Promise<Position>): Promise<Position> {
  const limitMs = timeout === undefined ? undefined : durationMs(timeout, 'timeout');
  const { sending, begin, refuse } = Sending.later();
  if (signal?.aborted) {
    refuse(asError(signal.reason));
    return sending;
  }
  const actual = send();
  const abort = (): void => refuse(asError(signal?.reason));
  const cancel: Cancel = limitMs === undefined ? () => {} : clock.after(limitMs, () => refuse(late(topic, limitMs)));
  const settled = (): void => {
    cancel();
    signal?.removeEventListener('abort', abort);
  };
  signal?.addEventListener('abort', abort, { once: true });
  // Past what a promise notes of who looks at it.
  Promise.prototype.then.call(actual, settled, settled);
  begin(actual);
  return sending;
}

function late(topic: string, ms: number): TransportError {
  return new TransportError(
    `no broker has acknowledged a message to "${topic}" within ${formatMs(ms)}. It may still arrive: send it again only where twice does no harm`,
    { code: 'DELIVERY_FAILED', retriable: true },
  );
}
