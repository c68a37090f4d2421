import type { Outgoing } from '../transport/index.js';

/** So much may wait for the end of its try; a try that sends more sends it at once. */
const messagesMax = 1_000;
const bytesMax = 1024 * 1024;

/**
 * With exactly-once: what a try sends and does not wait for. It goes out when the try has succeeded, so that one that fails has left nothing in the
 * transaction, and nobody else's work is undone with it.
 */
export class Staged {
  #messages: Outgoing[] = [];
  #bytes = 0;
  /** Whether a try is on. */
  isOpen = false;

  get isEmpty(): boolean {
    return this.#messages.length === 0;
  }

  get isFull(): boolean {
    return this.#messages.length >= messagesMax || this.#bytes >= bytesMax;
  }

  add(message: Outgoing): void {
    this.#messages.push(message);
    this.#bytes += (message.key?.length ?? 0) + (message.value?.length ?? 0);
  }

  take(): readonly Outgoing[] {
    const messages = this.#messages;
    this.#messages = [];
    this.#bytes = 0;
    return messages;
  }
}
