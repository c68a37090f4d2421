import { TransportError } from '../errors/index.js';

/** Whether the broker refused a message, and would again. Messages that came to it together are refused together, mostly for one of them. */
export function isRefusal(error: unknown): boolean {
  return error instanceof TransportError && error.code === 'DELIVERY_FAILED' && !error.retriable;
}

/** Whether the transaction takes nothing more, maybe because of somebody else's message. */
export function isAborted(error: unknown): boolean {
  return error instanceof TransportError && (error.code === 'TRANSACTION_ABORTED' || error.code === 'PRODUCER_FENCED');
}
