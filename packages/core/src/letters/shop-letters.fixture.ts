import type { BatchEvent } from '../streams/index.js';
import { SystemClock } from '../time/index.js';
import { type HeaderPair, MemoryBroker, type StoredMessage, type Transport } from '../transport/index.js';
import { DeadLetters, deadLetterTopic } from './dead-letters.js';
import { Letters } from './index.js';

/** A message that an agent fails on. */
export interface Failing {
  readonly value: Buffer | null;
  readonly key?: Buffer | null;
  readonly partition?: number;
  readonly headers?: readonly HeaderPair[];
  readonly agent?: string;
  readonly topic?: string;
  readonly error?: Error;
  readonly timestamp?: number;
}

/** Dead letters of the app `shop`, on a broker with three partitions a topic. */
export class ShopLetters {
  static readonly topic = deadLetterTopic('shop');
  readonly broker: MemoryBroker;
  /** When the next letter is set aside. */
  now = Date.UTC(2000, 0, 1);

  constructor(readonly clock = new SystemClock()) {
    this.broker = new MemoryBroker({ clock, partitions: 3 });
  }

  letters(agents?: readonly string[], transport: Transport = this.broker.transport()): Letters {
    return new Letters({ transport, clock: this.clock, appId: 'shop', agents });
  }

  /** Writes messages and sets them aside, as an agent would. Returns their ids. */
  async fail(...failing: readonly Failing[]): Promise<string[]> {
    const producer = await this.broker.transport().producer();
    const deadLetters = new DeadLetters(ShopLetters.topic, () => this.now);
    const ids: string[] = [];
    for (const { key = null, value, headers = [], partition = 0, timestamp, ...cause } of failing) {
      const { agent = 'Shop.take', topic = 'orders', error = new Error('out of stock') } = cause;
      const { offset } = await producer.send({ topic, partition, key, value, headers, timestamp });
      const columns = { key: () => key, value: () => value, timestamp: () => timestamp ?? -1, headers: () => headers };
      const event = { topic, partition, offset, position: { topic, partition, offset }, batch: columns, index: 0 } as unknown as BatchEvent;
      const written = await producer.send(deadLetters.letter(event, agent, error, 4));
      ids.push(`${written.partition}-${written.offset}`);
    }
    await producer.close();
    return ids;
  }

  stored(topic: string): readonly StoredMessage[] {
    return this.broker.messages(topic);
  }

  /** The messages of a topic that came by a replay. */
  replayed(topic = 'orders'): readonly StoredMessage[] {
    return this.stored(topic).filter(({ headers }) => headers.some(([name]) => name === 'weir-replay-for'));
  }
}
