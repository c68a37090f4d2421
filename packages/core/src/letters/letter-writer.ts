import { asError, reason, TransportError } from '../errors/index.js';
import type { Position } from '../positions/index.js';
import type { Outgoing, Producer, Transport } from '../transport/index.js';

/** What is done about one dead letter: the message that is written anew, if any, and the mark that says so. */
export interface Settlement {
  readonly replay?: Outgoing;
  readonly mark: Outgoing;
}

/**
 * Writes replays with their marks: both or none where the broker has transactions, otherwise the replay first, so that a crash between the two
 * repeats a message and loses none. A second writer for the same app fences off the first.
 */
export class LetterWriter {
  readonly #producer: Producer;

  private constructor(producer: Producer) {
    this.#producer = producer;
  }

  static async open(transport: Transport, appId: string): Promise<LetterWriter> {
    const options = transport.abilities.transactions ? { transactionalId: transactionalIdOf(appId) } : {};
    return new LetterWriter(await transport.producer(options));
  }

  /** Writes marks, and before them messages. Tells where all of them lie. */
  async #write(marks: readonly Outgoing[], messages: readonly Outgoing[] = []): Promise<Position[]> {
    const { transactions } = this.#producer;
    if (transactions === undefined) return Promise.all([...messages, ...marks].map((message) => this.#producer.send(message)));
    try {
      await transactions.begin();
      const sent = [...messages, ...marks].map((message) => this.#producer.send(message));
      await transactions.commit();
      return await Promise.all(sent);
    } catch (thrown) {
      throw fenced(thrown) ? overtaken(thrown) : thrown;
    }
  }

  /** Settles dead letters. Returns where the replays lie. When it throws, none is settled with transactions; without, those that were replayed are. */
  async settle(settlements: readonly Settlement[]): Promise<Position[]> {
    const replays = settlements.map(({ replay }) => replay).filter((replay) => replay !== undefined);
    if (this.#producer.transactions !== undefined) {
      const marks = settlements.map(({ mark }) => mark);
      return (await this.#write(marks, replays)).slice(0, replays.length);
    }
    const sent = await Promise.allSettled(settlements.map(({ replay }) => replay && this.#producer.send(replay)));
    await this.#write(settlements.filter((_, index) => sent[index]?.status === 'fulfilled').map(({ mark }) => mark));
    const refused = sent.find((each) => each.status === 'rejected');
    if (refused !== undefined) throw refused.reason;
    return sent.flatMap((each) => (each.status === 'fulfilled' && each.value !== undefined ? [each.value] : []));
  }

  close(): Promise<void> {
    return this.#producer.close();
  }
}

/** What the producer of an app's replays is known by to the broker. */
export function transactionalIdOf(appId: string): string {
  return `weir-dlq-${appId}`;
}

function fenced(thrown: unknown): boolean {
  for (let each: unknown = thrown; each instanceof Error; each = each.cause)
    if (each instanceof TransportError && each.code === 'PRODUCER_FENCED') return true;
  return false;
}

function overtaken(thrown: unknown): TransportError {
  return new TransportError(
    `somebody else has begun to work on these dead letters, and this run has ended (${reason(thrown)}). What it had done stays done; run it again for the rest`,
    { code: 'PRODUCER_FENCED', cause: asError(thrown), fatal: true },
  );
}
