import { VirtualClock } from '../../time/index.js';
import type { Consumer, ConsumerOptions } from '../consumer.js';
import { ignoring, PollingConsumer, type PollingHooks } from '../contract/polling-consumer.fixture.js';
import type { Subscription } from '../subscription.js';
import { MemoryBroker, type MemoryBrokerOptions, type MemoryTransport } from './index.js';

/** A member of a group on a transport of its own, as a process of its own would have it. */
export class MemoryMember extends PollingConsumer {
  transport!: MemoryTransport;

  /** Is gone as by `kill -9`. */
  crash(): void {
    this.transport.crash();
  }
}

/** An in-memory broker on a virtual clock, and members on it. For the tests of this room. */
export class MemoryGroup {
  readonly clock = new VirtualClock();
  readonly broker: MemoryBroker;

  constructor(options: Omit<MemoryBrokerOptions, 'clock'> = {}) {
    this.broker = new MemoryBroker({ clock: this.clock, ...options });
  }

  async join(topics: Subscription, options: Partial<ConsumerOptions> = {}, hooks: PollingHooks = {}): Promise<MemoryMember> {
    const transport = this.broker.transport();
    const consumer = await transport.consumer({ group: 'group', ...options });
    const member = new MemoryMember(consumer, () => undefined, hooks);
    member.transport = transport;
    await consumer.subscribe(topics, member);
    member.start();
    return member;
  }

  /** A member that has its partitions, and that nobody polls. */
  async subscribe(topic: string, options: Partial<ConsumerOptions> = {}): Promise<Consumer> {
    const consumer = await this.broker.transport().consumer({ group: 'group', ...options });
    await consumer.subscribe([topic], ignoring);
    while (this.broker.isRebalancing) await new Promise(setImmediate);
    return consumer;
  }

  /** Writes values one after the other. */
  async write(topic: string, values: readonly string[], partition?: number): Promise<void> {
    const producer = await this.broker.transport().producer();
    for (const value of values) producer.append(topic, null, value, partition);
    await producer.flush();
    await producer.close();
  }

  /** Resolves when nothing happens any more without the clock. */
  async quiet(): Promise<void> {
    let seen = -1;
    for (let turns = 0; seen !== this.broker.activity || !this.broker.isQuiet(); turns++) {
      if (turns > 10_000)
        throw new Error(`not quiet: ${this.broker.isRebalancing ? 'a rebalance does not end' : 'somebody does not poll'}`);
      seen = this.broker.activity;
      await new Promise(setImmediate);
    }
  }

  /** Moves the clock from one wait to the next, and lets each have its effect. */
  async advance(ms: number): Promise<void> {
    const end = this.clock.now() + ms;
    for (let due = this.clock.nextDue(); due !== undefined && due <= end; due = this.clock.nextDue()) {
      this.clock.advanceTo(due);
      await new Promise(setImmediate);
    }
    this.clock.advanceTo(end);
  }
}

/** A promise, and what resolves it. */
export function gate(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open!: () => void;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}
