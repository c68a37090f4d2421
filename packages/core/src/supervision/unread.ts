import { TransportError } from '../errors/index.js';
import type { Position } from '../positions/index.js';
import type { Clock } from '../time/index.js';
import type { Reader, Transport } from '../transport/index.js';

/** How long it is waited for a first message, in milliseconds. */
const waitMs = 5_000;

/**
 * Tells whether a log holds messages that a consumer should have been given. Not all that lies before its end is one: transactions end with markers, and some
 * are aborted. A consumer does not tell how far it has come beyond these; a reader does.
 */
export class Unread {
  readonly #transport: Pick<Transport, 'reader'>;
  readonly #clock: Clock;
  #reader: Promise<Reader> | undefined;

  constructor(transport: Pick<Transport, 'reader'>, clock: Clock) {
    this.#transport = transport;
    this.#clock = clock;
  }

  /** @throws TransportError `BROKER_UNREACHABLE` */
  async has(from: Position): Promise<boolean> {
    this.#reader ??= this.#transport.reader();
    const reader = await this.#reader;
    try {
      const [{ stable }] = await reader.ends([from]);
      return from.offset < stable && (await this.#read(reader, from, stable));
    } catch (error) {
      if (error instanceof TransportError && error.code !== 'BROKER_UNREACHABLE') return true;
      throw error;
    }
  }

  /** Whether there is a message before the end, or nothing can be read. */
  async #read(reader: Reader, from: Position, end: number): Promise<boolean> {
    const until = this.#clock.now() + waitMs;
    await reader.add([from]);
    try {
      while (this.#clock.now() < until) {
        if ((await reader.poll()).length > 0) return true;
        if ((reader.position(from) ?? -1) >= end) return false;
      }
      return true;
    } finally {
      await reader.remove([from]);
    }
  }

  /** Until it is asked again it holds nothing. */
  async close(): Promise<void> {
    const reader = this.#reader;
    this.#reader = undefined;
    await (await reader?.catch(() => undefined))?.close();
  }
}
