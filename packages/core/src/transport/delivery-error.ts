import { reason, TransportError } from '../errors/index.js';
import type { FailedDelivery } from './producer.js';

/** The broker did not accept messages. Thrown by `flush`; `failures` names each message and its cause. */
export class DeliveryError extends TransportError {
  constructor(readonly failures: readonly FailedDelivery[]) {
    super(describe(failures), {
      code: 'DELIVERY_FAILED',
      cause: failures[0]?.error,
      retriable: failures.every(({ error }) => error instanceof TransportError && error.retriable),
    });
  }
}

function describe(failures: readonly FailedDelivery[]): string {
  const topics = [...new Set(failures.map(({ message }) => message.topic))].join(', ');
  const count = failures.length === 1 ? 'one message' : `${failures.length} messages`;
  return `${count} to ${topics} not accepted by the broker: ${reason(failures[0]?.error)}`;
}
