import type { Position } from '../positions/index.js';
import type { Consumer, GroupPosition } from './consumer.js';
import type { HeaderPair, Payload } from './payload.js';

/** What a producer is opened with. */
export interface ProducerOptions {
  /** Makes the producer transactional under this id; an older producer with the same id is fenced off. */
  readonly transactionalId?: string;
  /**
   * Nobody else has the transactional id. So a transaction that is fenced off was open for longer than the broker allows, as where the process was halted: it counts as
   * aborted, and the producer goes on with the next one. @default false
   */
  readonly isSole?: boolean;
  /** After how long the broker aborts a transaction that is left open (`transaction.timeout.ms`), unless the app says otherwise. @default 60 s */
  readonly transactionTimeoutMs?: number;
}

/** A message to be written. Without a partition the key decides, as Java's murmur2 does. */
export interface Outgoing {
  readonly topic: string;
  readonly key: Payload;
  readonly value: Payload;
  readonly partition?: number;
  /** Milliseconds since 1970. @default now */
  readonly timestamp?: number;
  readonly headers?: readonly HeaderPair[];
  /** What the sender knows the message by, a whole number from 1 to 2^30; 0 for none. It is not written, and given back with a failed delivery. */
  readonly origin?: number;
}

/** A message that the broker did not accept. */
export interface FailedDelivery {
  /** Without its `origin` where the client cannot tell. */
  readonly message: Outgoing;
  readonly error: Error;
}

/** Writes messages. Per partition they arrive in the order of the calls, whichever of the two calls is used. */
export interface Producer {
  /** Takes a message without a promise. What becomes of it shows at the next `flush`. Throws when the message can never be sent. */
  append(
    topic: string,
    key: Payload,
    value: Payload,
    partition?: number,
    timestamp?: number,
    headers?: readonly HeaderPair[],
    origin?: number,
  ): void;
  /** Hands over to the client what `append` has collected. Called once after a batch; `flush` does it too. */
  handOver(): void;
  /** Takes a message and tells where it was written. */
  send(message: Outgoing): Promise<Position>;
  /**
   * The same for a message that goes with no other, once all before it are acknowledged: a broker refuses messages that came together together, so that
   * only now it is known which of them was meant. Those after it wait.
   */
  sendAlone(message: Outgoing): Promise<Position>;
  /** Whether so much is waiting that the caller should `await drained()` before it appends more. */
  readonly isFull: boolean;
  drained(): Promise<void>;
  /**
   * Resolves when everything taken so far is acknowledged. Rejects with `DELIVERY_FAILED` when an append since the last flush was refused, or a
   * `send` that nobody looked at; in a transaction also one that somebody did: it cannot be committed any more.
   */
  flush(): Promise<void>;
  /** Present on a producer with a `transactionalId`. */
  readonly transactions?: Transactions;
  /** Flushes what can be flushed within a few seconds, or within `ms` where that is less, then closes. Safe to call twice and with the broker gone. */
  close(ms?: number): Promise<void>;
}

/** Messages and offsets that become visible together or not at all (KIP-447). */
export interface Transactions {
  begin(): Promise<void>;
  /**
   * Writes the offsets of `consumer`'s group into the transaction and commits both; without them the messages alone. Rejects with `TRANSACTION_ABORTED`; or, where
   * another producer may have the id, with `PRODUCER_FENCED`. Then nothing of it is visible, and it is over.
   */
  commit(consumer?: Consumer, offsets?: readonly GroupPosition[]): Promise<void>;
  abort(): Promise<void>;
}
