import type { TopicPartition } from '../../positions/index.js';
import type { Reader, StartPosition } from '../reader.js';
import { label, messagesOf, type Read, valuesOf } from './read.fixture.js';

/** Polls a reader for as long as a test waits for something, and keeps what comes. */
export class Follower {
  readonly messages: Read[] = [];
  readonly polls: number[] = [];

  constructor(
    readonly reader: Reader,
    private readonly limitMs: number,
  ) {}

  async add(...positions: readonly StartPosition[]): Promise<void> {
    await this.reader.add(positions);
  }

  async poll(): Promise<void> {
    const polled = messagesOf(await this.reader.poll());
    this.polls.push(polled.length);
    for (const message of polled) this.messages.push(message);
  }

  async until(what: string, condition: () => boolean): Promise<void> {
    const limit = performance.now() + this.limitMs;
    while (!condition()) {
      if (performance.now() > limit) throw new Error(`waited ${this.limitMs} ms until ${what}: ${this}`);
      await this.poll();
    }
  }

  /** Polls until so many messages have come. */
  has(messages: number): Promise<void> {
    return this.until(`${messages} messages are read`, () => this.messages.length >= messages);
  }

  /** Polls until a partition is read up to an offset. */
  reaches(at: TopicPartition, offset: number): Promise<void> {
    return this.until(`position ${offset} of partition ${at.partition}`, () => (this.reader.position(at) ?? -1) >= offset);
  }

  /** Values in the order they came, of one partition or of all. */
  values(partition?: number): readonly (string | null)[] {
    return valuesOf(this.messages, partition);
  }

  toString(): string {
    const last = this.messages.slice(-8).map((message) => `${label(message)}@${message.offset} ${message.valueText}`);
    return `${this.messages.length} messages read, ${last.join(', ')}`;
  }
}
