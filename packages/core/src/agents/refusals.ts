import { createHash } from 'node:crypto';
import { TransportError } from '../errors/index.js';
import type { FailedDelivery, Outgoing, Payload } from '../transport/index.js';

/** More than this are not told apart by their contents. */
const rememberedMax = 10_000;

/** Whether the broker refused a message, and would again. */
export function isRefusal(error: unknown): boolean {
  return error instanceof TransportError && error.code === 'DELIVERY_FAILED' && !error.retriable;
}

/**
 * Messages that the broker refused. It refuses all that came together, mostly for one of them: which one shows when they are sent again, each
 * alone. Until then nobody is blamed.
 */
export class Refusals {
  readonly #remembered = new Set<string>();
  readonly #believed = new WeakSet<object>();

  /** Remembers those that would be refused again. */
  note(failures: readonly FailedDelivery[]): void {
    for (const { message, error } of failures)
      if (isRefusal(error) && this.#remembered.size < rememberedMax) this.#remembered.add(digest(message));
  }

  /** Whether a message is one of them. */
  has(message: Outgoing): boolean {
    return this.#remembered.size > 0 && this.#remembered.has(digest(message));
  }

  /** A message was accepted, or refused for itself. */
  forget(message: Outgoing): void {
    if (this.#remembered.size > 0) this.#remembered.delete(digest(message));
  }

  /** Notes what a message was refused with that was sent alone. */
  believe(refusal: Error): void {
    this.#believed.add(refusal);
  }

  /** Whether it is not known yet whose refusal it is. */
  isInDoubt(error: unknown): boolean {
    return isRefusal(error) && !this.#believed.has(error as Error);
  }
}

function digest({ topic, key, value }: Outgoing): string {
  const hash = createHash('sha1').update(topic);
  for (const part of [key, value]) hash.update(lengthOf(part)).update(part ?? '');
  return hash.digest('base64');
}

function lengthOf(part: Payload): string {
  return part === null ? ' null ' : ` ${Buffer.byteLength(part)} `;
}
